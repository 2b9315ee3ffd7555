import { type TreeStats, usedBetween } from './cpu-time'
import type { RunIdentity } from './group-by-run'
import { MetricsHistory, roundPercent } from './metrics-history'
import type { ProcessStat } from './operating-system'

/** A run to be measured; `startedAt` in ms since 1970. */
export interface MeasuredRun extends RunIdentity { startedAt: number }

/** How much memory a tree may take, and what follows, once, when it takes more. */
export interface MemoryLimit { memoryBytes: number, onExceeded: (usedBytes: number) => void }

/** What a tree took at `at` (ms since 1970): percent of one core, and resident bytes. */
export interface Metrics { at: number, cpuPercent: number, memoryBytes: number, ports: readonly number[] }

/** When a look was: by the wall, and by the clock that never jumps. */
export interface Moment { time: number, now: number }

/** The kernel counts in steps of 10 ms: within a shorter time they would make jumps of the percentage. */
const LEAST_WINDOW_MS = 250
const TICK_MS = 10

/** The measurements of one run. */
export class MeasuredTree {
  readonly run: MeasuredRun
  readonly history = new MetricsHistory()
  latest: Metrics | undefined
  /** When the whole of it was last asked for, ports included, by the clock that never jumps. */
  lookedAt = Number.NEGATIVE_INFINITY
  #limit: MemoryLimit | undefined
  #base: { now: number, stats: TreeStats } | undefined

  constructor(run: MeasuredRun, limit: MemoryLimit | undefined) {
    this.run = run
    this.#limit = limit
  }

  /** True until the limit was exceeded. */
  get hasLimit(): boolean {
    return this.#limit !== undefined
  }

  /** Takes what a scan has found of the tree; `ports` is absent when nobody has looked for them. */
  take(members: readonly ProcessStat[], moment: Moment, ports = this.latest?.ports ?? []): void {
    const memoryBytes = members.reduce((sum, member) => sum + member.memoryBytes, 0)
    const cpuPercent = this.#cpuPercent(new Map(members.map(member => [member.pid, member])), moment)
    this.latest = { at: moment.time, cpuPercent, memoryBytes, ports }
    this.history.add(moment.time, this.latest)
    this.#enforceLimit(memoryBytes)
  }

  #cpuPercent(stats: TreeStats, { time, now }: Moment): number {
    const base = this.#base
    if (base && this.latest && now - base.now < LEAST_WINDOW_MS) return this.latest.cpuPercent
    this.#base = { now, stats }
    const elapsed = base ? now - base.now : Math.max(TICK_MS, time - this.run.startedAt)
    return roundPercent(usedBetween(base?.stats ?? new Map(), stats) / elapsed * 100)
  }

  #enforceLimit(memoryBytes: number): void {
    const limit = this.#limit
    if (!limit || memoryBytes <= limit.memoryBytes) return
    this.#limit = undefined
    limit.onExceeded(memoryBytes)
  }
}
