import { watch, type FSWatcher } from 'node:fs'
import type { Logger } from '../logger'
import { isMissing } from '../state/missing'

/** Files that may grow. */
export interface Growing {
  readonly paths: readonly string[]
  /** Looks at the sizes; true when one has grown since the last look. Must not throw, nor block. */
  look: () => boolean
}

export interface GrowthTickerOptions {
  log: Logger
  tickMs?: number
  sweepMs?: number
  /** Looks without growth after which files leave the tick. */
  quietTicks?: number
}

/**
 * Notices that files grow, by their size alone (reference: capture §4, §5). Files that grow are looked at every 10 ms.
 * Quiet ones get a watch, which fires on each write and therefore only wakes them and is closed while they are active.
 * A sweep looks at all quiet ones, since the queue of inotify overflows without a word when the event loop is blocked.
 */
export class GrowthTicker implements Disposable {
  readonly #options: Required<GrowthTickerOptions>
  readonly #active = new Map<Growing, number>()
  readonly #idle = new Map<Growing, FSWatcher[]>()
  #tick: NodeJS.Timeout | undefined
  #sweep: NodeJS.Timeout | undefined
  #hasWarned = false

  constructor(options: GrowthTickerOptions) {
    this.#options = { tickMs: 10, sweepMs: 500, quietTicks: 30, ...options }
  }

  /** Watches `growing` from now on; the answer ends it. */
  watch(growing: Growing): () => void {
    this.#active.set(growing, 0)
    this.#keepTime()
    return () => {
      this.#active.delete(growing)
      this.#closeWatches(growing)
      this.#keepTime()
    }
  }

  /** How many are looked at by the tick, and how many wait for a wake-up. */
  get counts(): { active: number, idle: number } {
    return { active: this.#active.size, idle: this.#idle.size }
  }

  [Symbol.dispose](): void {
    this.#active.clear()
    for (const growing of [...this.#idle.keys()]) this.#closeWatches(growing)
    this.#keepTime()
  }

  #lookAtActive(): void {
    for (const [growing, quiet] of this.#active) {
      if (growing.look()) this.#active.set(growing, 0)
      else if (quiet + 1 < this.#options.quietTicks) this.#active.set(growing, quiet + 1)
      else this.#sleep(growing)
    }
    this.#keepTime()
  }

  #lookAtIdle(): void {
    for (const growing of [...this.#idle.keys()]) {
      if (growing.look()) this.#wake(growing)
    }
    this.#keepTime()
  }

  #sleep(growing: Growing): void {
    this.#active.delete(growing)
    this.#idle.set(growing, growing.paths.flatMap(path => this.#openWatch(path, growing)))
    // What was written between the last look and the watch would wake nobody.
    if (growing.look()) this.#wake(growing)
  }

  #wake(growing: Growing): void {
    if (!this.#idle.has(growing)) return
    this.#closeWatches(growing)
    this.#active.set(growing, 0)
    this.#keepTime()
  }

  #openWatch(path: string, growing: Growing): FSWatcher[] {
    try {
      const watcher = watch(path, { persistent: false }, () => {
        if (!this.#idle.has(growing)) return
        this.#wake(growing)
        growing.look()
      })
      watcher.on('error', error => this.#warn(path, error))
      return [watcher]
    }
    catch (error) {
      this.#warn(path, error)
      return []
    }
  }

  /** Without a watch the sweep still finds the growth, up to 500 ms later. */
  #warn(path: string, error: unknown): void {
    if (isMissing(error) || this.#hasWarned) return
    this.#hasWarned = true
    this.#options.log.warn('logs', 'a log cannot be watched: quiet processes are noticed by the sweep only', { path, error })
  }

  #closeWatches(growing: Growing): void {
    for (const watcher of this.#idle.get(growing) ?? []) watcher.close()
    this.#idle.delete(growing)
  }

  /** Timers run only while they have something to look at. */
  #keepTime(): void {
    if (this.#active.size === 0) this.#tick = void clearInterval(this.#tick)
    else this.#tick ??= setInterval(() => this.#lookAtActive(), this.#options.tickMs).unref()
    if (this.#idle.size === 0) this.#sweep = void clearInterval(this.#sweep)
    else this.#sweep ??= setInterval(() => this.#lookAtIdle(), this.#options.sweepMs).unref()
  }
}
