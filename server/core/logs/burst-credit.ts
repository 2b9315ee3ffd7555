/** What all processes together may write beyond their rates before any is slowed, in bytes. */
export const BURST_CREDIT_BYTES = 200_000_000
/** How fast it comes back while all of them together write less than this, in bytes per second. */
const REFILL_RATE = 4_000_000

/** The shared credit for bursts: a build that prints 100 MB at once is not slowed, a flood that goes on is. */
export class BurstCredit {
  #left = BURST_CREDIT_BYTES

  /** Gives up to `bytes` of it. */
  take(bytes: number): number {
    const taken = Math.min(this.#left, bytes)
    this.#left -= taken
    return taken
  }

  /** Lets it grow for a time in which `written` bytes came, as far as they left of the refill. */
  refill(ms: number, written: number): void {
    this.#left = Math.min(BURST_CREDIT_BYTES, this.#left + Math.max(0, REFILL_RATE * ms / 1000 - written))
  }
}
