/** The largest chunk of a log that is handed to a thread. */
export const CHUNK_BYTES = 1024 * 1024

/** Memory that goes to a thread and comes back: new one for each chunk would be garbage that the collector sees late. */
export class ChunkMemory {
  readonly #most: number
  readonly #spare: ArrayBuffer[] = []

  /** At most `most` pieces of CHUNK_BYTES are kept for the next chunks. */
  constructor(most: number) {
    this.#most = most
  }

  take(): ArrayBuffer {
    return this.#spare.pop() ?? new ArrayBuffer(CHUNK_BYTES)
  }

  giveBack(memory: ArrayBuffer): void {
    if (this.#spare.length < this.#most) this.#spare.push(memory)
  }
}
