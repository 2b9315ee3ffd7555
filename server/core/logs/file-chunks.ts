import { CHUNK_BYTES } from './chunk-memory'
import { MAX_LINE_BYTES } from './lines'
import type { LogFile } from './log-file'
import type { Chunk } from './search-chunk'
import type { Search } from './searcher'

/** A chunk of a stream: the offset of its first line, and where its last one ends. */
export interface FileChunk extends Chunk { at: number, end: number }

const FIRST_BYTES = 64 * 1024
const GROWTH = 4
const NEWLINE = 0x0A
/** Enough to see whether the place where a long line is cut would cut a character. */
const LINE_BYTES = MAX_LINE_BYTES + 4

/** Cuts a stream into chunks that begin and end with whole lines, in either direction; each is larger than the one before it. */
export class FileChunks {
  readonly #file: LogFile
  readonly #search: Search
  #bytes = FIRST_BYTES / GROWTH

  constructor(file: LogFile, search: Search) {
    this.#file = file
    this.#search = search
  }

  /** Gives complete lines from `at` on, where one begins, that end up to `limit`; undefined when there are none. */
  async after(at: number, limit: number): Promise<FileChunk | undefined> {
    const wanted = Math.min(this.#nextBytes(), this.#file.size - at, limit - at)
    if (wanted <= 0) return undefined
    const data = await this.#file.read(at, wanted, this.#search.takeMemory())
    const newline = data.lastIndexOf(NEWLINE)
    if (newline >= 0) return this.#lines(at, data.subarray(0, newline + 1))
    const end = await this.#file.endOf(at)
    return end === undefined || end > limit ? undefined : await this.line(at, end)
  }

  /** Gives the last lines that end up to `limit`, where one ends, and begin at or after `floor`, where one begins. */
  async before(limit: number, floor: number): Promise<FileChunk | undefined> {
    if (limit <= floor) return undefined
    if (limit > this.#file.size) return await this.line(await this.#file.startOf(limit), limit)
    const from = Math.max(floor, limit - this.#nextBytes())
    const data = await this.#file.read(from, limit - from, this.#search.takeMemory())
    // What stands before the first newline is the end of a line that began earlier.
    const head = from === floor ? 0 : data.indexOf(NEWLINE) + 1
    if (head < data.length) return this.#lines(from + head, data.subarray(head))
    return await this.line(await this.#file.startOf(limit), limit)
  }

  /** Gives one line as a chunk; of a long one only what is looked at. */
  async line(at: number, end: number): Promise<FileChunk> {
    const length = end - 1 - at
    const data = await this.#file.read(at, Math.min(length, LINE_BYTES), this.#search.takeMemory())
    return { data, stream: this.#file.name, isLine: true, length, isTerminated: end <= this.#file.size, at, end }
  }

  #lines(at: number, data: Buffer): FileChunk {
    return { data, stream: this.#file.name, isLine: false, length: 0, isTerminated: true, at, end: at + data.length }
  }

  #nextBytes(): number {
    this.#bytes = Math.min(CHUNK_BYTES, this.#bytes * GROWTH)
    return this.#bytes
  }
}
