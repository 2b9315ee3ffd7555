import { Worker } from 'node:worker_threads'
import { failure, type VantageError } from '#shared/errors'
import { MAX_LINE_BYTES } from './lines'

/** Source of the thread, as text: bundled, the product has no file of its own for it. */
const THREAD = `
const { parentPort } = require('node:worker_threads')
const { stripVTControlCharacters: plain } = require('node:util')
parentPort.on('message', ({ pattern, flags, lines }) => {
  const expression = new RegExp(pattern, flags)
  const matches = line => expression.test(line) || (line.includes('\\x1b') && expression.test(plain(line)))
  parentPort.postMessage(lines.findIndex(matches))
})
parentPort.postMessage('ready')
`

const IDLE_MS = 10_000
/** Reached only on a machine that hardly moves. */
const START_LIMIT_MS = 10_000
/** What is handed over at once, in characters: the memory of the thread is small. */
const BATCH_CHARACTERS = 1024 * 1024

export interface MatchOptions {
  /** How long the pattern may work on these lines. */
  limitMs?: number
  /** The field that the pattern came in, for the error. */
  field?: string
}

interface Request extends Required<MatchOptions> { pattern: string, flags: string, lines: readonly string[] }

/**
 * Runs the regular expressions of users in a thread that can be killed: some take longer than the universe, and on the
 * event loop they would take everybody with them. The thread starts when it is needed and ends when it was idle for 10 s.
 */
export class LineMatcher implements AsyncDisposable {
  readonly #closing = new AbortController()
  readonly #idleMs: number
  #worker: Promise<Worker> | undefined
  #last: Promise<unknown> = Promise.resolve()
  #idle: NodeJS.Timeout | undefined

  constructor({ idleMs = IDLE_MS } = {}) {
    this.#idleMs = idleMs
  }

  /**
   * Gives the index of the first line that `pattern` matches, with or without its colours; -1 when none does. Lines are
   * looked at up to 64 KiB.
   * Throws `VALIDATION_FAILED` with the field and the pattern when it is invalid or takes too long; that one only, what
   * others have asked for meanwhile is done by the next thread.
   */
  async match(pattern: string, flags: string, lines: readonly string[], { limitMs = 1000, field = 'pattern' }: MatchOptions = {}): Promise<number> {
    const request = { pattern, flags: checkedFlags({ pattern, flags, field }), lines, limitMs, field }
    // One after the other: the time of each is its own, and a kill hits nobody else.
    const result = this.#last.then(() => this.#search(request))
    this.#last = result.catch(() => undefined) // its caller deals with it
    return await result
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#last
    await this.#kill()
  }

  async #search(request: Request): Promise<number> {
    clearTimeout(this.#idle)
    try {
      let leftMs = request.limitMs
      for (const { first, lines } of batchesOf(request.lines)) {
        const worker = await this.#ready()
        const began = performance.now()
        const found = await this.#ask(worker, { ...request, lines, limitMs: leftMs })
        leftMs = Math.max(1, leftMs - (performance.now() - began))
        if (found >= 0) return first + found
      }
      return -1
    }
    finally {
      this.#idle = setTimeout(() => void this.#kill(), this.#idleMs).unref() // never rejects
    }
  }

  async #ask(worker: Worker, { pattern, flags, lines, limitMs, field }: Request): Promise<number> {
    worker.postMessage({ pattern, flags, lines })
    const answer = await nextMessage(worker, limitMs, this.#closing.signal)
    if (typeof answer === 'number') return answer
    await this.#kill()
    if (this.#closing.signal.aborted) throw failure('SHUTTING_DOWN', {})
    throw refusal({ pattern, field }, answer === 'silence' ? 'takes too long' : 'takes too much memory')
  }

  async #ready(): Promise<Worker> {
    if (this.#closing.signal.aborted) throw failure('SHUTTING_DOWN', {})
    this.#worker ??= startWorker()
    try {
      return await this.#worker
    }
    catch (cause) {
      this.#worker = undefined
      throw failure('INTERNAL', { reason: 'The thread for regular expressions could not be started.' }, cause)
    }
  }

  async #kill(): Promise<void> {
    clearTimeout(this.#idle)
    const worker = this.#worker
    this.#worker = undefined
    await worker?.then(running => running.terminate(), () => undefined) // one that did not start was reported
  }
}

async function startWorker(): Promise<Worker> {
  const resourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8 }
  const worker = new Worker(THREAD, { eval: true, execArgv: [], env: {}, resourceLimits })
  worker.unref()
  worker.on('error', () => {}) // who waits hears of it by nextMessage; without a listener it would end the host
  if (await nextMessage(worker, START_LIMIT_MS) === 'ready') return worker
  await worker.terminate()
  throw new Error('it does not answer')
}

/** The next message of a thread; `silence` when the limit comes first, `end` when the thread ends or is to end. */
async function nextMessage(worker: Worker, limitMs: number, closing?: AbortSignal): Promise<unknown> {
  return await new Promise((resolve) => {
    // After a blocked event loop the limit is seen before an answer that came in time: one more look at the messages.
    const timer = setTimeout(() => setImmediate(() => setImmediate(finish, 'silence')), Math.ceil(limitMs)).unref()
    const onEnd = () => finish('end')
    const finish = (answer: unknown) => {
      clearTimeout(timer)
      worker.off('message', finish).off('exit', onEnd)
      closing?.removeEventListener('abort', onEnd)
      resolve(answer)
    }
    worker.once('message', finish).once('exit', onEnd)
    closing?.addEventListener('abort', onEnd)
  })
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

/** `g` and `y` would carry a position from one line to the next. */
function checkedFlags({ pattern, flags, field }: { pattern: string, flags: string, field: string }): string {
  const kept = flags.replace(/[gy]/g, '')
  try {
    void new RegExp(pattern, kept)
    return kept
  }
  catch (cause) {
    throw refusal({ pattern, field }, 'is not a valid regular expression', cause)
  }
}

function refusal({ pattern, field }: { pattern: string, field: string }, reason: string, cause?: unknown): VantageError {
  const shown = pattern.length > 100 ? `${pattern.slice(0, 100)}…` : pattern
  return failure('VALIDATION_FAILED', { problems: [{ field, reason: `the pattern "${shown}" ${reason}` }] }, cause)
}
