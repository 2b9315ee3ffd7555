/** The largest chunk of a log that is handed to a thread. */
export const CHUNK_BYTES = 1024 * 1024

/** Memory that goes to a thread and comes back: new one for each chunk would be garbage that the collector sees late. */
export class ChunkMemory {
  readonly #bytes: number
  readonly #most: number
  readonly #spare: ArrayBuffer[] = []

  /** Pieces of `bytes`, of which at most `most` are kept for the next chunks. */
  constructor({ bytes = CHUNK_BYTES, most }: { bytes?: number, most: number }) {
    this.#bytes = bytes
    this.#most = most
  }

  take(): ArrayBuffer {
    return this.#spare.pop() ?? new ArrayBuffer(this.#bytes)
  }

  giveBack(memory: ArrayBuffer): void {
    if (this.#spare.length < this.#most) this.#spare.push(memory)
  }
}
