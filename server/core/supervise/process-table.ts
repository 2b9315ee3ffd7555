import { setTimeout as sleep } from 'node:timers/promises'
import type { OperatingSystem } from './operating-system'
import { MarkCache, ProcessScan } from './process-scan'

/** A scan may serve those who only look for this long. */
const RECENT_MS = 5

interface Pending { since: number, scan: Promise<ProcessScan> }

/** The processes of the machine, looked at once for all who ask at the same time: fifty stops cost no fifty scans. */
export class ProcessTable {
  readonly os: OperatingSystem
  readonly #marks: MarkCache
  #latest: { scan: ProcessScan, endedAt: number, tookMs: number } | undefined
  #pending: Pending | undefined

  constructor(os: OperatingSystem) {
    this.os = os
    this.#marks = new MarkCache(os)
  }

  /** Gives a scan that is at most a few ms old. */
  recent(): ProcessScan {
    const { scan, endedAt } = this.#latest ?? {}
    return scan && endedAt !== undefined && performance.now() - endedAt < RECENT_MS ? scan : this.#scan(Infinity)
  }

  /**
   * Gives a scan that begins after the call: what it does not show has gone. The marks of everything that began at
   * `since` (a start time) or later are part of it.
   */
  fresh(since: number): Promise<ProcessScan> {
    const pending = this.#pending ??= this.#plan()
    pending.since = Math.min(pending.since, since)
    return pending.scan
  }

  /** A pause as long as the last scan took lets others join, and leaves half of the event loop to the rest. */
  #plan(): Pending {
    const { endedAt = 0, tookMs = 0 } = this.#latest ?? {}
    const pauseMs = Math.max(0, endedAt + tookMs - performance.now())
    const scan = sleep(pauseMs).then(() => {
      const since = this.#pending?.since ?? Infinity
      this.#pending = undefined
      return this.#scan(since)
    })
    return { since: Infinity, scan }
  }

  #scan(since: number): ProcessScan {
    const begin = performance.now()
    const scan = new ProcessScan(this.os, this.#marks)
    scan.settle(since)
    const endedAt = performance.now()
    this.#latest = { scan, endedAt, tookMs: endedAt - begin }
    return scan
  }
}
