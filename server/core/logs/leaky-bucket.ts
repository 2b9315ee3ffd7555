/** More than this much excess, in seconds of the rate, is forgiven: else a stall of the host would end in a pause of hours. */
const MOST_EXCESS_S = 30

/** Fills with what is written and leaks at the rate that is allowed. */
export class LeakyBucket {
  readonly #rate: number
  #level = 0

  /** `rate` in bytes per second. */
  constructor(rate: number) {
    this.#rate = rate
  }

  /** The excess, as the time that it takes to leak away, in ms. */
  get excessMs(): number {
    return this.#level / this.#rate * 1000
  }

  /** What was written beyond the rate and is not yet paid for, in bytes. */
  get excess(): number {
    return this.#level
  }

  /** Takes `bytes` that were written within `ms`. */
  pour(bytes: number, ms: number): void {
    const level = this.#level + bytes - this.#rate * ms / 1000
    this.#level = Math.min(Math.max(0, level), this.#rate * MOST_EXCESS_S)
  }

  /** Pays for up to `bytes` of the excess; gives how many were taken. */
  drain(bytes: number): number {
    const taken = Math.min(this.#level, bytes)
    this.#level -= taken
    return taken
  }
}
