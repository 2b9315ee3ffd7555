import { Thread } from '../thread'
import { MAX_LINE_BYTES } from './lines'
import source from './match-thread?thread'
import { checkedFlags, refuseSlow } from './pattern'

/** What is handed over at once, in characters: the memory of the thread is small. */
const BATCH_CHARACTERS = 1024 * 1024

export interface MatchOptions {
  /** How long the pattern may work on these lines. */
  limitMs?: number
  /** The field that the pattern came in, for the error. */
  field?: string
}

interface Request extends Required<MatchOptions> { pattern: string, flags: string, lines: readonly string[] }

/** Runs the regular expressions of users in a thread: some take longer than the universe. */
export class LineMatcher implements AsyncDisposable {
  readonly #thread: Thread

  constructor({ idleMs }: { idleMs?: number } = {}) {
    this.#thread = new Thread({ source, memoryMb: 32, idleMs })
  }

  /**
   * Gives the index of the first line that `pattern` matches, with or without its colours; -1 when none does. Lines are
   * looked at up to 64 KiB.
   * Throws `VALIDATION_FAILED` with the field and the pattern when it is invalid or takes too long; that one only, what
   * others have asked for meanwhile is done by the next thread.
   */
  async match(pattern: string, flags: string, lines: readonly string[], { limitMs = 1000, field = 'pattern' }: MatchOptions = {}): Promise<number> {
    return await this.#search({ pattern, flags: checkedFlags({ pattern, flags, field }), lines, limitMs, field })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread[Symbol.asyncDispose]()
  }

  async #search({ pattern, flags, lines: all, limitMs, field }: Request): Promise<number> {
    let leftMs = limitMs
    for (const { first, lines } of batchesOf(all)) {
      const outcome = await this.#thread.ask({ pattern, flags, lines }, { limitMs: leftMs })
      if (outcome.kind !== 'answer') throw refuseSlow({ pattern, field }, outcome.kind)
      if (typeof outcome.value === 'number' && outcome.value >= 0) return first + outcome.value
      leftMs = Math.max(1, leftMs - outcome.tookMs)
    }
    return -1
  }
}

function* batchesOf(lines: readonly string[]): Generator<{ first: number, lines: string[] }> {
  let batch: string[] = []
  let characters = 0
  for (const [index, line] of lines.entries()) {
    const clipped = line.slice(0, MAX_LINE_BYTES)
    batch.push(clipped)
    characters += clipped.length
    if (characters < BATCH_CHARACTERS && index < lines.length - 1) continue
    yield { first: index + 1 - batch.length, lines: batch }
    batch = []
    characters = 0
  }
}
