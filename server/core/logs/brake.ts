import type { Logger } from '../logger'
import { type Clock, systemClock } from '../supervise/clock'
import { type Braked, BrakedProcess } from './braked-process'
import { BurstCredit } from './burst-credit'

export interface FloodBrakeOptions { log: Logger, clock?: Clock }

const LOOK_MS = 20

/**
 * Slows down processes whose output does not end, since files push back on nobody (reference: capture §6): a credit for
 * bursts that all share, then a rate for each. A process is looked at every 20 ms while its output grows; without
 * output there is nothing to look at and no timer.
 */
export class FloodBrake implements Disposable {
  readonly #clock: Clock
  readonly #log: Logger
  readonly #credit = new BurstCredit()
  readonly #processes = new Map<string, BrakedProcess>()
  readonly #active = new Set<BrakedProcess>()
  #endLooks: (() => void) | undefined
  #lookedAt: number
  #hasFailed = false

  constructor({ log, clock = systemClock }: FloodBrakeOptions) {
    this.#log = log
    this.#clock = clock
    this.#lookedAt = clock.now()
  }

  /** Watches a run from now on; the answer ends it and resumes what is paused. To be ended before the run is stopped. */
  watch(braked: Braked): () => void {
    const process = new BrakedProcess(braked, this.#clock.now())
    this.#processes.set(braked.id, process)
    return () => {
      if (this.#processes.get(braked.id) === process) this.#processes.delete(braked.id)
      this.#active.delete(process)
      this.#attempt(() => process.release())
      this.#keepTime()
    }
  }

  /** Tells that the output of a process has grown. Cheap: may be called at each growth. */
  grew(id: string): void {
    const process = this.#processes.get(id)
    if (!process || this.#active.has(process)) return
    // In the time without any look nobody wrote.
    if (this.#active.size === 0) this.#refill(this.#clock.now(), 0)
    this.#active.add(process)
    this.#keepTime()
  }

  /** How many processes are looked at every 20 ms. */
  get activeCount(): number {
    return this.#active.size
  }

  /** Lets everything run: the host ends. */
  [Symbol.dispose](): void {
    for (const process of this.#processes.values()) this.#attempt(() => process.release())
    this.#processes.clear()
    this.#active.clear()
    this.#keepTime()
  }

  #look(): void {
    const now = this.#clock.now()
    let written = 0
    for (const process of this.#active) {
      const growth = this.#attempt(() => process.look(now, bytes => this.#credit.take(bytes)))
      if (process.usesCredit) written += growth ?? 0
      if (process.isQuiet(now)) this.#active.delete(process)
    }
    this.#refill(now, written)
    this.#keepTime()
  }

  /** While somebody is slowed down the output is not low, though nothing comes in the pauses. */
  #refill(now: number, written: number): void {
    const isLow = ![...this.#active].some(process => process.usesCredit && process.isThrottled)
    if (isLow) this.#credit.refill(now - this.#lookedAt, written)
    this.#lookedAt = now
  }

  /** What cannot be signalled now (too many open files to look at it, say) is tried again at the next look. */
  #attempt<T>(action: () => T): T | undefined {
    try {
      const result = action()
      this.#hasFailed = false
      return result
    }
    catch (error) {
      if (!this.#hasFailed) this.#log.warn('logs', 'a process could not be suspended or continued', { error })
      this.#hasFailed = true
      return undefined
    }
  }

  #keepTime(): void {
    if (this.#active.size === 0) this.#endLooks = void this.#endLooks?.()
    else this.#endLooks ??= this.#clock.every(LOOK_MS, () => this.#look())
  }
}
