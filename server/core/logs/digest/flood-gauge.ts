/** What a log may grow by in a second and still be read along with, in bytes: twice what the brake leaves a flood. */
const FLOOD_BYTES = 8 * 1024 * 1024
const SPAN_MS = 1000

/** Tells whether a log grows too fast to be read along with: that would take memory and processor exactly when both are short. */
export class FloodGauge {
  #since: { at: number, bytes: number } | undefined
  #isFlood = true

  /** Takes the size of the log, in bytes, at a time in milliseconds; true as long as no second has shown that it is calm. */
  note(bytes: number, now: number): boolean {
    const { at, bytes: before } = this.#since ?? { at: now, bytes }
    if (bytes < before) this.#since = undefined // another run
    this.#since ??= { at: now, bytes }
    if (now - at < SPAN_MS) return this.#isFlood
    this.#isFlood = (bytes - before) / (now - at) * SPAN_MS > FLOOD_BYTES
    this.#since = { at: now, bytes }
    return this.#isFlood
  }
}
