import type { FileHandle } from 'node:fs/promises'
import type { StreamName } from '#shared/schemas/logs'
import type { Checkpoint, CheckpointFile } from './checkpoints'

const CHUNK_RECORDS = 256
const KEPT_CHUNKS = 8
const BEFORE_ALL: Checkpoint = { time: 0, stdout: 0, stderr: 0, isLast: false }

/**
 * The checkpoints of a run as one page sees them: the first `count`, read in chunks as they are asked for.
 * An interval has the number of the checkpoint that ends it.
 */
export class CheckpointView {
  readonly count: number
  readonly #file: CheckpointFile
  readonly #chunks = new Map<number, Checkpoint[]>()
  #handle: FileHandle | undefined

  constructor(file: CheckpointFile) {
    this.#file = file
    this.count = file.count
  }

  /** Gives the checkpoint at `index`: zeros before the first, the last one after the last. */
  at(index: number): Checkpoint | Promise<Checkpoint> {
    if (index < 0 || this.count === 0) return BEFORE_ALL
    const wanted = Math.min(index, this.count - 1)
    return this.#known(wanted) ?? this.#load(wanted)
  }

  /**
   * Gives the interval into which the end offset `end` of a line falls: the first checkpoint that reaches it,
   * `count` when none does. `near` is where to look first.
   */
  intervalOf(stream: StreamName, end: number, near: number): number | Promise<number> {
    const reached = this.#known(near)
    const before = near === 0 ? BEFORE_ALL : this.#known(near - 1)
    if (reached && before && reached[stream] >= end && before[stream] < end) return near
    return this.#search(stream, end, near)
  }

  #known(index: number): Checkpoint | undefined {
    if (index >= this.count) return undefined
    return this.#file.held(index) ?? this.#chunks.get(Math.floor(index / CHUNK_RECORDS))?.[index % CHUNK_RECORDS]
  }

  /** Walks away from `near` in growing steps, then halves what is left. */
  async #search(stream: StreamName, end: number, near: number): Promise<number> {
    const reaches = async (index: number) => (await this.at(index))[stream] >= end
    let low = Math.max(0, Math.min(near, this.count))
    let high = low
    for (let step = 1; high < this.count && !await reaches(high); step *= 2) {
      low = high + 1
      high = Math.min(high + step, this.count)
    }
    for (let step = 1; low > 0 && low <= high && await reaches(low - 1); step *= 2) {
      high = low - 1
      low = Math.max(0, low - step)
    }
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (await reaches(middle)) high = middle
      else low = middle + 1
    }
    return low
  }

  async close(): Promise<void> {
    await this.#handle?.close()
    this.#handle = undefined
  }

  async #load(index: number): Promise<Checkpoint> {
    this.#handle ??= await this.#file.openForReading()
    if (!this.#handle) return BEFORE_ALL
    const chunk = Math.floor(index / CHUNK_RECORDS)
    const records = await this.#file.read(this.#handle, chunk * CHUNK_RECORDS, CHUNK_RECORDS)
    this.#chunks.delete(chunk)
    this.#chunks.set(chunk, records)
    for (const oldest of this.#chunks.keys()) {
      if (this.#chunks.size > KEPT_CHUNKS) this.#chunks.delete(oldest)
    }
    return records[index % CHUNK_RECORDS] ?? BEFORE_ALL
  }
}
