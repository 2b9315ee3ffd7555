import { rm } from 'node:fs/promises'
import type { Logger } from '../logger'
import { clear } from './clear'
import { Exclusive } from './exclusive'
import type { Pause } from './move-aside'
import { countPrunable, totalsOf } from './prunable'
import type { PrunedRun, PrunedRuns } from './pruned-runs'
import { HolePuncher, type PunchHole } from './punch'
import { isDue, retain } from './retention'
import type { RunLog } from './run-log'

export interface LogKeeperOptions {
  /** Id of the process, for messages. */
  id: string
  log: Logger
  /** What each stream may keep over all runs, in bytes. */
  limit: number
  punch: PunchHole | undefined
  pause: Pause | undefined
  pruned: PrunedRuns
  /** The runs as of now, oldest first. */
  runs: () => readonly RunLog[]
  /** Has every cut on record. */
  verify: () => Promise<void>
  closed: AbortSignal
}

/** Keeps the log of one process within its limits: one piece of work at a time. */
export class LogKeeper {
  limit: number
  readonly #options: LogKeeperOptions
  readonly #puncher: HolePuncher
  readonly #work = new Exclusive()
  #retaining: Promise<void> | undefined
  #checkedBytes = 0
  #isLoaded = false
  #isCheckDue = false

  constructor(options: LogKeeperOptions) {
    this.#options = options
    this.limit = options.limit
    this.#puncher = new HolePuncher(options.log, options.punch)
  }

  /** A new run has begun: nothing of it was looked at. */
  begin(): void {
    this.#checkedBytes = 0
  }

  /** Checks when enough has come since the last time and something may have to go: each check reads from the files. */
  grew(): void {
    if (this.#newestBytes() - this.#checkedBytes <= this.limit / 32) return
    this.#checkedBytes = this.#newestBytes()
    if (!this.#isLoaded || isDue(this.#options.runs(), { limit: this.limit, puncher: this.#puncher })) this.check()
  }

  /** Looks whether the log has outgrown its limit: one check at a time, and another one when it was asked for meanwhile. */
  check(): void {
    this.#checkedBytes = this.#newestBytes()
    this.#isCheckDue = true
    this.#retaining ??= this.#retain()
  }

  /** Removes the oldest runs that nobody needs. `forget` takes them out of what is read, before their files go. */
  prune(forget: (runs: readonly RunLog[]) => void): Promise<number[]> {
    return this.#work.run(async () => {
      const runs = this.#options.runs()
      const doomed = runs.slice(0, await countPrunable(runs))
      if (doomed.length === 0 || this.#options.closed.aborted) return []
      const totals: PrunedRun[] = []
      for (const run of doomed) totals.push(await totalsOf(run))
      await this.#options.pruned.add(totals)
      forget(doomed)
      await Promise.all(doomed.map(run => run.release()))
      for (const { dir } of doomed) await rm(dir, { recursive: true, force: true })
      return doomed.map(({ run }) => run)
    })
  }

  /** Takes every line out of the log. */
  clear(): Promise<void> {
    const { closed, runs, verify, pause } = this.#options
    return this.#work.run(async () => {
      if (closed.aborted) return
      await verify()
      await clear(runs(), { puncher: this.#puncher, pause })
    })
  }

  /** Reads while nothing is moved, cut or taken: for a log that changes faster than it can be read. */
  holdStill<T>(read: () => Promise<T>): Promise<T> {
    const newest = this.#options.runs().at(-1)
    return this.#work.run(() => newest ? newest.exclusively(read) : read())
  }

  /** Waits for what is being done. */
  async rest(): Promise<void> {
    await this.#retaining
    await this.#work.run(() => Promise.resolve())
  }

  /** A failure must not end the host: it is said, and the next growth tries again. */
  async #retain(): Promise<void> {
    const { closed, runs, verify, pause, log, id } = this.#options
    while (this.#isCheckDue && !closed.aborted) {
      this.#isCheckDue = false
      try {
        await this.#work.run(async () => {
          await verify()
          await retain(runs(), { limit: this.limit, puncher: this.#puncher, pause })
          this.#isLoaded = true
        })
      }
      catch (error) {
        log.error('logs', 'old output could not be removed', { id, error })
      }
    }
    // In the same turn as the last look at what is due: a check in between would be nobody's.
    this.#retaining = undefined
  }

  #newestBytes(): number {
    const streams = this.#options.runs().at(-1)?.streams
    return streams ? streams.stdout.size + streams.stderr.size : 0
  }
}
