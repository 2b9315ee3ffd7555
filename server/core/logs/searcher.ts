import { failure } from '#shared/errors'
import { Thread } from '../thread'
import { ChunkMemory } from './chunk-memory'
import type { LineFilter } from './line-filter'
import { checkedFlags, refuseSlow } from './pattern'
import type { Chunk } from './search-chunk'
import source from './search-thread?thread'

/** How long the thread may work for one query. */
const LIMIT_MS = 5000
/** Memory of chunks that is kept for the next one. */
const MOST_SPARE = 4

export interface LineSearch { grep?: string | undefined, ignoreCase: boolean, level?: 'error' | 'warn' | undefined }

/** Finds lines by pattern and level in a thread; queries side by side take turns with a chunk each. */
export class LogSearcher implements AsyncDisposable {
  readonly #thread = new Thread({ source, memoryMb: 32 })
  readonly #memory = new ChunkMemory(MOST_SPARE)
  readonly #limitMs: number

  constructor({ limitMs = LIMIT_MS }: { limitMs?: number } = {}) {
    this.#limitMs = limitMs
  }

  /** Begins the search of one query. Throws `VALIDATION_FAILED` for an invalid pattern. */
  begin(wanted: LineSearch): Search {
    return new Search({ thread: this.#thread, memory: this.#memory, limitMs: this.#limitMs }, wanted)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread[Symbol.asyncDispose]()
  }
}

interface SearchParts { thread: Thread, memory: ChunkMemory, limitMs: number }

/** The search of one query, with the time that is left for it. */
export class Search {
  readonly #thread: Thread
  readonly #memory: ChunkMemory
  readonly #filter: LineFilter
  #leftMs: number

  constructor({ thread, memory, limitMs }: SearchParts, { grep: pattern, ignoreCase, level }: LineSearch) {
    const flags = ignoreCase ? 'i' : ''
    this.#filter = { pattern, flags: pattern === undefined ? '' : checkedFlags({ pattern, flags, field: 'grep' }), level }
    this.#thread = thread
    this.#memory = memory
    this.#leftMs = limitMs
  }

  /** Gives memory for a chunk of up to `CHUNK_BYTES`. */
  takeMemory(): Buffer {
    return Buffer.from(this.#memory.take())
  }

  /**
   * Gives what `searchChunk` finds. The chunk, whose memory came from `takeMemory`, is void afterwards.
   * Throws `VALIDATION_FAILED` when the pattern has taken too long over all chunks of the query.
   */
  async find({ data, ...chunk }: Chunk): Promise<Float64Array> {
    const { buffer: memory, byteOffset: offset, length: bytes } = data
    if (!(memory instanceof ArrayBuffer)) throw failure('INTERNAL', { reason: 'A chunk has no memory that could be handed over.' })
    const message = { ...chunk, memory, offset, bytes, filter: this.#filter }
    const outcome = await this.#thread.ask(message, { limitMs: this.#leftMs, transfer: [memory] })
    if (outcome.kind !== 'answer') throw this.#refuse(outcome.kind)
    this.#leftMs = Math.max(1, this.#leftMs - outcome.tookMs)
    const { found, memory: back } = toAnswer(outcome.value)
    this.#memory.giveBack(back)
    return found
  }

  #refuse(kind: 'silence' | 'end') {
    const { pattern } = this.#filter
    if (pattern !== undefined) return refuseSlow({ pattern, field: 'grep' }, kind)
    return failure('INTERNAL', { reason: 'The log could not be searched in time.' })
  }
}

/** What comes from a thread has no type of its own. */
function toAnswer(value: unknown): { found: Float64Array, memory: ArrayBuffer } {
  if (typeof value === 'object' && value && 'found' in value && value.found instanceof Float64Array
    && 'memory' in value && value.memory instanceof ArrayBuffer) return { found: value.found, memory: value.memory }
  throw failure('INTERNAL', { reason: 'A thread gave an answer that is none.' })
}
