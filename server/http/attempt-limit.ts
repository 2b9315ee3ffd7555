const ATTEMPTS = 10
const WINDOW_MS = 10_000
const MAX_CALLERS = 1000

interface Attempts { count: number, since: number }

/**
 * Counts wrong tokens by caller. After ten within ten seconds no token of that caller is looked at until these are over:
 * one guess a second, and whoever calls from elsewhere notices nothing.
 */
export class AttemptLimit {
  readonly #byCaller = new Map<string, Attempts>()
  readonly #now: () => number

  constructor({ now = () => performance.now() } = {}) {
    this.#now = now
  }

  isSpent(caller: string): boolean {
    const attempts = this.#current(caller)
    return attempts !== undefined && attempts.count >= ATTEMPTS
  }

  /** Notes a wrong token. */
  failed(caller: string): void {
    const attempts = this.#current(caller)
    if (attempts) attempts.count++
    else this.#byCaller.set(caller, { count: 1, since: this.#now() })
    const [oldest] = this.#byCaller.keys()
    if (this.#byCaller.size > MAX_CALLERS && oldest !== undefined) this.#byCaller.delete(oldest)
  }

  #current(caller: string): Attempts | undefined {
    const attempts = this.#byCaller.get(caller)
    if (!attempts || this.#now() - attempts.since < WINDOW_MS) return attempts
    this.#byCaller.delete(caller)
    return undefined
  }
}
