import { failure } from '#shared/errors'
import { ChunkMemory } from '../chunk-memory'
import { Exclusive } from '../exclusive'
import { Thread } from '../../thread'
import source from './digest-thread?thread'
import type { Chunk, Extract } from './extract'

/** A chunk takes some ten milliseconds; on a machine that hardly moves a thousand times that. */
const LIMIT_MS = 20_000

/** The thread that looks for errors, one for all processes of a host. */
export class ErrorScanner implements AsyncDisposable {
  readonly #thread = new Thread({ source, memoryMb: 32 })
  readonly #background = new Exclusive()
  readonly memory = new ChunkMemory(1)

  /** Finds the errors of a chunk, whose bytes are handed over. Throws `INTERNAL` when the thread gives no answer. */
  async scan(chunk: Chunk & { data: Uint8Array<ArrayBuffer> }): Promise<Extract> {
    const outcome = await this.#thread.ask(chunk, { limitMs: LIMIT_MS, transfer: [chunk.data.buffer] })
    if (outcome.kind === 'answer' && isAnswer(outcome.value)) {
      this.memory.giveBack(outcome.value.memory)
      return outcome.value.extract
    }
    throw failure('INTERNAL', { reason: `The errors of a log could not be looked for: ${outcome.kind}.` })
  }

  /** Does the work that nobody waits for: of one process at a time. */
  inBackground(work: () => Promise<void>): Promise<void> {
    return this.#background.run(work)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread[Symbol.asyncDispose]()
  }
}

/** It comes from our own thread: that it is an answer at all is what can be wrong. */
function isAnswer(value: unknown): value is { extract: Extract, memory: ArrayBuffer } {
  return typeof value === 'object' && value !== null && 'extract' in value && 'memory' in value
}
