import type { StreamName } from '#shared/schemas/logs'
import { BLOCK_BYTES, blockOf, decodeLine, findNewlines, lowerBound, MAX_LINE_BYTES } from './lines'
import { PieceReader, type StreamFiles } from './pieces'

/** What is known of one stream of one run. Offsets never shrink, whatever happens to its files. */
export interface StreamState extends StreamFiles {
  base: number
  /** Where the stream ends: the largest offset seen. */
  size: number
  /** Where the first kept line begins; everything before it may have been given back to the disk. */
  first: number
  /** Lines lost before `first`. */
  firstLines: number
  /** A long stretch without a newline that was found by reading it: never read for that again. */
  gap: { from: number, to: number }
  /** Its file is being moved aside: what it holds now has other offsets than those known. */
  isMoving: boolean
}

/** Thrown when what was being read was taken away, moved or cut: the page begins anew. */
export class LogMoved extends Error {}

interface Block { memory: Buffer, data: Buffer, newlines: number[] }

const KEPT_BLOCKS = 4
const GAP_BYTES = 4 * BLOCK_BYTES

/**
 * One stream of one run, opened to read one page: finds lines by ranges of 64 KiB and never holds more than a few.
 * A line is named by its end, the offset after its newline. The unterminated last line of an ended run ends
 * one byte after the file, so that its end lies after every position that was given while it was incomplete.
 */
export class LogFile {
  readonly first: number
  readonly isEnded: boolean
  readonly #state: StreamState
  readonly #blocks = new Map<number, Block>()
  readonly #reader: PieceReader
  #size: number

  private constructor(state: StreamState, isEnded: boolean) {
    this.#state = state
    this.isEnded = isEnded
    this.first = state.first
    this.#size = state.size
    this.#reader = new PieceReader(state)
  }

  /** Opens what is kept of the stream as of now; a file that somebody removed or cut is read as far as it goes. */
  static async open(state: StreamState, isEnded: boolean): Promise<LogFile> {
    const file = new LogFile(state, isEnded)
    if (file.#size > file.first) await file.#measure()
    return file
  }

  get name(): StreamName {
    return this.#state.name
  }

  get size(): number {
    return this.#size
  }

  async close(): Promise<void> {
    await this.#reader.close()
  }

  /** Gives the end of the line that begins at `start`, or undefined when it is not complete. */
  endOf(start: number): number | undefined | Promise<number | undefined> {
    const newline = this.#newlineIn(blockOf(start), start)
    return newline === undefined ? this.#searchEnd(start) : newline + 1
  }

  /** Gives the largest end of a line up to `limit`. */
  endBefore(limit: number): number | undefined | Promise<number | undefined> {
    const newline = limit > this.#size ? undefined : this.#lastNewlineIn(blockOf(limit - 1), limit)
    return newline === undefined ? this.#searchEndBefore(limit) : newline + 1
  }

  /** Gives the start of the line that ends at `end`, which may lie one after the file. */
  startOf(end: number): number | Promise<number> {
    const newline = this.#lastNewlineIn(blockOf(end - 2), end - 1)
    return newline === undefined ? this.#searchStart(end) : newline + 1
  }

  /** Gives the start of the first line that ends after `offset`. */
  startAfter(offset: number): number | Promise<number> {
    if (offset > this.#size) return offset
    return offset <= this.first ? this.first : this.startOf(offset + 1)
  }

  /** Counts the newlines between the start of the block of `offset` and it. */
  linesInBlock(offset: number): number | Promise<number> {
    const start = blockOf(offset) * BLOCK_BYTES
    if (offset === start || this.#size <= this.first) return 0
    const count = ({ newlines }: Block) => lowerBound(newlines, offset - start) + (offset > this.#size ? 1 : 0)
    const block = this.#blocks.get(blockOf(offset))
    return block ? count(block) : this.#block(blockOf(offset)).then(count)
  }

  /** Reads the text of the line from `start` to `end`, cut after 64 KiB. */
  text(start: number, end: number): string | Promise<string> {
    const length = end - 1 - start
    const wanted = Math.min(length, MAX_LINE_BYTES)
    const isTerminated = end <= this.#size
    const block = this.#blocks.get(blockOf(start))
    const from = start % BLOCK_BYTES
    if (block && from + wanted <= block.data.length) return decodeLine({ data: block.data, from, length, isTerminated })
    return this.read(start, wanted, Buffer.allocUnsafe(wanted)).then(data => decodeLine({ data, from: 0, length, isTerminated }))
  }

  /** Reads `length` bytes from the offset `start` on into `memory`, fewer where the stream has fewer. */
  async read(start: number, length: number, memory: Buffer): Promise<Buffer> {
    if (length <= 0) return Buffer.alloc(0)
    const data = memory.subarray(0, length)
    const bytesRead = await this.#reader.read(data, start)
    // Retention moves `first` before it punches, and a move `base` before it cuts: data read before that is whole.
    const isMoved = start + length > this.#reader.base && this.#reader.base !== this.#state.base
    if (isMoved || blockOf(start) < blockOf(this.#state.first)) throw new LogMoved()
    return data.subarray(0, bytesRead)
  }

  /** The first newline at or after `from` in a block that is held; undefined tells nothing of later blocks. */
  #newlineIn(block: number, from: number): number | undefined {
    const newlines = this.#blocks.get(block)?.newlines
    const found = newlines?.[lowerBound(newlines, from - block * BLOCK_BYTES)]
    return found === undefined ? undefined : block * BLOCK_BYTES + found
  }

  /** The last kept newline before `limit` in a block that is held. */
  #lastNewlineIn(block: number, limit: number): number | undefined {
    const newlines = this.#blocks.get(block)?.newlines
    const found = newlines?.[lowerBound(newlines, limit - block * BLOCK_BYTES) - 1]
    const newline = found === undefined ? -1 : block * BLOCK_BYTES + found
    return newline < this.first ? undefined : newline
  }

  async #searchEnd(start: number): Promise<number | undefined> {
    const newline = await this.#newlineFrom(start)
    if (newline >= 0) return newline + 1
    return this.isEnded && start < this.#size ? this.#size + 1 : undefined
  }

  async #searchEndBefore(limit: number): Promise<number | undefined> {
    if (this.isEnded && limit > this.#size && await this.startOf(this.#size + 1) < this.#size) return this.#size + 1
    const newline = await this.#newlineBefore(Math.min(limit, this.#size))
    return newline < 0 ? undefined : newline + 1
  }

  async #searchStart(end: number): Promise<number> {
    const newline = await this.#newlineBefore(Math.min(end - 1, this.#size))
    return newline < 0 ? this.first : newline + 1
  }

  async #measure(): Promise<void> {
    try {
      const end = await this.#reader.end() ?? this.#reader.base
      this.#size = Math.max(this.first, Math.min(this.#size, end))
    }
    catch (error) {
      await this.close()
      throw error
    }
  }

  async #newlineFrom(from: number): Promise<number> {
    const { gap } = this.#state
    let at = from >= gap.from && from < gap.to ? gap.to : from
    for (; at < this.#size; at = (blockOf(at) + 1) * BLOCK_BYTES) {
      await this.#block(blockOf(at))
      const found = this.#newlineIn(blockOf(at), at)
      if (found === undefined) continue
      this.#rememberGap(from, found)
      return found
    }
    this.#rememberGap(from, this.#size)
    return -1
  }

  /** Finds the last newline before `limit` and not before the first kept line. */
  async #newlineBefore(limit: number): Promise<number> {
    const { gap } = this.#state
    let at = limit > gap.from && limit <= gap.to ? gap.from : limit
    for (; at > this.first; at = blockOf(at - 1) * BLOCK_BYTES) {
      await this.#block(blockOf(at - 1))
      const found = this.#lastNewlineIn(blockOf(at - 1), at)
      if (found === undefined) continue
      this.#rememberGap(found + 1, limit)
      return found
    }
    this.#rememberGap(this.first, limit)
    return -1
  }

  #rememberGap(from: number, to: number): void {
    const { gap } = this.#state
    const touches = from <= gap.to && to >= gap.from
    const known = touches ? { from: Math.min(from, gap.from), to: Math.max(to, gap.to) } : { from, to }
    if (known.to - known.from >= GAP_BYTES) this.#state.gap = known
  }

  async #block(index: number): Promise<Block> {
    const known = this.#blocks.get(index)
    if (known) return known
    const start = index * BLOCK_BYTES
    const memory = this.#takeMemory()
    const data = await this.read(start, Math.min(BLOCK_BYTES, this.#size - start), memory)
    const block = { memory, data, newlines: findNewlines(data) }
    this.#blocks.set(index, block)
    return block
  }

  /** The memory of the oldest block is used again: the collector would be busy with nothing but blocks. */
  #takeMemory(): Buffer {
    const [oldest] = this.#blocks
    if (!oldest || this.#blocks.size < KEPT_BLOCKS) return Buffer.allocUnsafe(BLOCK_BYTES)
    this.#blocks.delete(oldest[0])
    return oldest[1].memory
  }
}
