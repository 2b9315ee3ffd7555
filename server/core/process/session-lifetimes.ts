import { type Clock, systemClock } from '../supervise/clock'

export interface SessionLifetimesOptions {
  /** The sessions that processes are bound to. */
  bound: () => Iterable<string>
  /** Stops what is bound to a session; tells its failures itself. */
  stop: (session: string) => void
  clock?: Pick<Clock, 'after'>
}

/** A bridge that has lost its connection attaches anew. */
const GRACE_MS = 2000
/** So long after its opening a host waits for the sessions of the one before. */
const RETURN_MS = 60_000

/**
 * Ends what lives as long as an MCP session (CONTRACT §3, `lifetime`). Several connections may belong to one session, as
 * where a bridge has attached anew: the end of the last one counts, a moment later.
 */
export class SessionLifetimes implements Disposable {
  readonly #options: Required<SessionLifetimesOptions>
  readonly #connections = new Map<string, number>()
  readonly #timers = new Map<string, () => void>()
  #endReturn: (() => void) | undefined
  #isClosed = false

  constructor(options: SessionLifetimesOptions) {
    this.#options = { clock: systemClock, ...options }
  }

  /** The host has opened: what is bound to a session that does not come back is stopped. */
  begin(): void {
    this.#endReturn = this.#options.clock.after(RETURN_MS, () => {
      for (const session of new Set(this.#options.bound())) this.#stopUnlessOpen(session)
    })
  }

  /** A connection of a session has begun. */
  opened(session: string): void {
    this.#connections.set(session, (this.#connections.get(session) ?? 0) + 1)
    this.#timers.get(session)?.()
    this.#timers.delete(session)
  }

  /** A connection of a session has ended: closed, deleted or given up. */
  ended(session: string): void {
    const left = (this.#connections.get(session) ?? 0) - 1
    if (left > 0) return void this.#connections.set(session, left)
    this.#connections.delete(session)
    if (this.#isClosed) return
    this.#timers.get(session)?.()
    this.#timers.set(session, this.#options.clock.after(GRACE_MS, () => {
      this.#timers.delete(session)
      this.#stopUnlessOpen(session)
    }))
  }

  /** Stops nothing from now on: with the host all connections end, and the sessions come back to the next one. */
  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#endReturn?.()
    for (const end of this.#timers.values()) end()
    this.#timers.clear()
  }

  #stopUnlessOpen(session: string): void {
    if (!this.#connections.has(session)) this.#options.stop(session)
  }
}
