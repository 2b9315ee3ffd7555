export interface IdleEndOptions {
  /** How long nobody may have used the host. */
  limitMs: number
  /** Tells whether somebody uses it now, or it has something to supervise. */
  isBusy: () => boolean
  /** A number that grows with every use. */
  uses: () => number
  /** Called once, when the time is over. */
  end: () => void
  now?: () => number
}

/**
 * Ends a host that nobody started on purpose, and nobody uses any more: it was there for an agent. `look` is to be called from
 * time to time; between two looks a use counts as one at the time of the later look.
 */
export class IdleEnd {
  readonly #options: IdleEndOptions
  readonly #now: () => number
  #lastUse: number
  #uses: number
  #hasEnded = false

  constructor(options: IdleEndOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
    this.#lastUse = this.#now()
    this.#uses = options.uses()
  }

  look(): void {
    const { isBusy, uses, limitMs, end } = this.#options
    const count = uses()
    if (isBusy() || count !== this.#uses) this.#lastUse = this.#now()
    this.#uses = count
    if (this.#hasEnded || this.#now() - this.#lastUse < limitMs) return
    this.#hasEnded = true
    end()
  }
}
