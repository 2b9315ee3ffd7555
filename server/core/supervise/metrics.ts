import type { MetricsPoint, MetricsSample } from '#shared/schemas/metrics'
import type { Logger } from '../logger'
import { type Clock, systemClock } from './clock'
import { RunGrouping } from './group-by-run'
import { type MeasuredRun, MeasuredTree, type MemoryLimit, type Metrics } from './measured-tree'
import type { HistoryRange, MetricsHistory } from './metrics-history'
import type { SystemTables } from './operating-system'
import { ListeningPorts } from './ports'
import { scanProcesses } from './scan'

export interface MetricsOptions { system: SystemTables, log: Logger, clock?: Clock }

const SAMPLE_MS = 1000
/** How long the history of a run is kept after its end. */
const KEPT_AFTER_END_MS = 300_000

/**
 * Measures the whole process trees of runs: once a second while somebody looks, only those with a memory limit while
 * nobody does, and on request. One scan of the machine serves all trees.
 */
export class MetricsSampler implements Disposable {
  readonly #options: Required<MetricsOptions>
  readonly #grouping: RunGrouping
  readonly #ports: ListeningPorts
  readonly #trees = new Map<string, MeasuredTree>()
  readonly #ended = new Map<string, { history: MetricsHistory, forget: () => void }>()
  readonly #listeners = new Set<(samples: MetricsSample[]) => void>()
  #owners = new Map<number, string>()
  #holds = 0
  #endTicks: (() => void) | undefined
  #sampling: Promise<void> | undefined
  #hasFailed = false

  constructor(options: MetricsOptions) {
    this.#options = { clock: systemClock, ...options }
    this.#grouping = new RunGrouping(options.system)
    this.#ports = new ListeningPorts(options.system)
  }

  /** Measures a run from now on. What was kept of an earlier run of `id` goes. */
  watch(id: string, run: MeasuredRun, limit?: MemoryLimit): void {
    this.#ended.get(id)?.forget()
    this.#ended.delete(id)
    this.#trees.set(id, new MeasuredTree(run, limit))
    this.#keepTime()
  }

  /** The run has ended; its history is kept for five minutes. */
  unwatch(id: string): void {
    const tree = this.#trees.get(id)
    if (!tree) return
    this.#trees.delete(id)
    const forget = this.#options.clock.after(KEPT_AFTER_END_MS, () => void this.#ended.delete(id))
    this.#ended.set(id, { history: tree.history, forget })
    this.#keepTime()
  }

  /** What was last measured; undefined before the first sample and after the end. */
  latest(id: string): Metrics | undefined {
    return this.#trees.get(id)?.latest
  }

  /** Tells whether a run is alive and was never measured. */
  isUnmeasured(id: string): boolean {
    const tree = this.#trees.get(id)
    return tree !== undefined && tree.latest === undefined
  }

  /** The newest sample of every run that was measured. */
  latestAll(): MetricsSample[] {
    return [...this.#trees].flatMap(([id, { latest }]) => latest ? [toSample(id, latest)] : [])
  }

  /** The id of the run that a pid belonged to at the last sample. */
  ownerOf(pid: number): string | undefined {
    const id = this.#owners.get(pid)
    return id !== undefined && this.#trees.has(id) ? id : undefined
  }

  /** Gives the points of the last 10 minutes between `from` and `to`, oldest first. */
  history(id: string, range?: HistoryRange): MetricsPoint[] {
    const history = this.#trees.get(id)?.history ?? this.#ended.get(id)?.history
    return history?.points(this.#options.clock.time(), range) ?? []
  }

  /** Comes back when no measurement is older than `maxAgeMs`; callers at the same time share one sample. Never throws. */
  async refresh(maxAgeMs = SAMPLE_MS): Promise<void> {
    const least = this.#options.clock.now() - maxAgeMs
    const isOld = () => [...this.#trees.values()].some(tree => tree.lookedAt < least)
    if (this.#sampling && isOld()) await this.#sampling
    if (isOld()) await (this.#sampling ?? this.#sample(true))
  }

  /** Somebody looks: everything is sampled once a second until the answer is disposed of. */
  hold(): Disposable {
    let isHeld = true
    this.#holds++
    this.#keepTime()
    void this.refresh() // never rejects
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return
        isHeld = false
        this.#holds--
        this.#keepTime()
      },
    }
  }

  /** Calls `listener` with the newest sample of every run after each look at all of them; the answer ends it. */
  onSample(listener: (samples: MetricsSample[]) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  [Symbol.dispose](): void {
    this.#trees.clear()
    for (const { forget } of this.#ended.values()) forget()
    this.#ended.clear()
    this.#listeners.clear()
    this.#keepTime()
  }

  #hasLimits = () => [...this.#trees.values()].some(tree => tree.hasLimit)

  #keepTime(): void {
    const isNeeded = this.#trees.size > 0 && (this.#holds > 0 || this.#hasLimits())
    if (!isNeeded) this.#endTicks = void this.#endTicks?.()
    else this.#endTicks ??= this.#options.clock.every(SAMPLE_MS, () => void (this.#sampling ?? this.#sample(this.#holds > 0)))
  }

  #sample(isWhole: boolean): Promise<void> {
    this.#sampling = this.#look(isWhole)
      .then(() => void (this.#hasFailed = false), error => this.#warn(error))
      .finally(() => {
        this.#sampling = undefined
        this.#keepTime()
      })
    return this.#sampling
  }

  /** What cannot be looked at now (too many open files, say) is looked at again a second later. */
  #warn(error: unknown): void {
    if (!this.#hasFailed) this.#options.log.warn('metrics', 'the processes cannot be measured', { error })
    this.#hasFailed = true
  }

  async #look(isWhole: boolean): Promise<void> {
    const { system, clock } = this.#options
    const trees = new Map([...this.#trees].filter(([, tree]) => isWhole || tree.hasLimit))
    const began = clock.now()
    const stats = await scanProcesses(system)
    const moment = { time: clock.time(), now: clock.now() }
    const groups = this.#grouping.group(stats, new Map([...trees].map(([id, { run }]) => [id, run])))
    const ports = isWhole ? await this.#ports.of(groups, moment.now) : undefined
    if (isWhole) this.#owners = new Map([...groups].flatMap(([id, members]) => members.map(({ pid }) => [pid, id])))
    for (const [id, tree] of trees) {
      if (this.#trees.get(id) !== tree) continue // it has ended, or another run has begun
      if (isWhole) tree.lookedAt = began
      const members = groups.get(id)
      if (members) tree.take(members, moment, ports && (ports.get(id) ?? []))
    }
    if (isWhole) this.#tell()
  }

  #tell(): void {
    if (this.#listeners.size === 0) return
    const samples = this.latestAll()
    for (const listener of this.#listeners) listener(samples)
  }
}

function toSample(id: string, { at, cpuPercent, memoryBytes, ports }: Metrics): MetricsSample {
  return { id, at: new Date(at).toISOString(), cpu_percent: cpuPercent, memory_bytes: memoryBytes, ports: [...ports] }
}
