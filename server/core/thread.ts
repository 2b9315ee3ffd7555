import { type Transferable, Worker } from 'node:worker_threads'
import { failure } from '#shared/errors'

const IDLE_MS = 10_000
/** Reached only on a machine that hardly moves. */
const START_LIMIT_MS = 10_000

export interface ThreadOptions {
  /** A whole CommonJS program: it posts `ready`, then one answer for each message. See build/thread-source.ts. */
  source: string
  /** Old generation of its heap, in MB; a thread that needs more ends. */
  memoryMb: number
  /** How long it may have nothing to do before it ends. */
  idleMs?: number | undefined
}

export interface AskOptions {
  /** How long the answer may take, from when the thread has nothing else to do. */
  limitMs: number
  /** What is handed over instead of copied. */
  transfer?: readonly Transferable[]
}

/** What a thread said and how long it took; `silence` when the limit came first, `end` when it had too little memory. */
export type Outcome = { kind: 'answer', value: unknown, tookMs: number } | { kind: 'silence' | 'end' }

/**
 * A thread for what would take the event loop from everybody. It starts when it is needed, ends when it was idle for a while,
 * does one thing after the other, and is killed when one takes too long; the next request gets a new one.
 */
export class Thread implements AsyncDisposable {
  readonly #closing = new AbortController()
  readonly #options: ThreadOptions
  #worker: Promise<Worker> | undefined
  #last: Promise<unknown> = Promise.resolve()
  #idle: NodeJS.Timeout | undefined

  constructor(options: ThreadOptions) {
    this.#options = options
  }

  /**
   * Gives the thread's answer to a message, which must survive a structured clone.
   * Throws `SHUTTING_DOWN` at the end of the host, `INTERNAL` when no thread can be started.
   */
  async ask(message: unknown, options: AskOptions): Promise<Outcome> {
    // One after the other: the time of each is its own, and a kill hits nobody else.
    const outcome = this.#last.then(() => this.#ask(message, options))
    this.#last = outcome.catch(() => undefined) // its caller deals with it
    return await outcome
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#last
    await this.#kill()
  }

  async #ask(message: unknown, { limitMs, transfer = [] }: AskOptions): Promise<Outcome> {
    clearTimeout(this.#idle)
    try {
      const worker = await this.#ready()
      const began = performance.now()
      worker.postMessage(message, transfer)
      const outcome = await nextMessage(worker, limitMs, this.#closing.signal)
      if (outcome.kind === 'answer') return { ...outcome, tookMs: performance.now() - began }
      await this.#kill()
      if (this.#closing.signal.aborted) throw failure('SHUTTING_DOWN', {})
      return outcome
    }
    finally {
      this.#idle = setTimeout(() => void this.#kill(), this.#options.idleMs ?? IDLE_MS).unref() // never rejects
    }
  }

  async #ready(): Promise<Worker> {
    if (this.#closing.signal.aborted) throw failure('SHUTTING_DOWN', {})
    this.#worker ??= startWorker(this.#options)
    try {
      return await this.#worker
    }
    catch (cause) {
      this.#worker = undefined
      throw failure('INTERNAL', { reason: 'A thread could not be started.' }, cause)
    }
  }

  async #kill(): Promise<void> {
    clearTimeout(this.#idle)
    const worker = this.#worker
    this.#worker = undefined
    await worker?.then(running => running.terminate(), () => undefined) // one that did not start was reported
  }
}

async function startWorker({ source, memoryMb }: ThreadOptions): Promise<Worker> {
  const resourceLimits = { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: 2 }
  const worker = new Worker(source, { eval: true, execArgv: [], env: {}, resourceLimits })
  worker.unref()
  worker.on('error', () => {}) // who waits hears of it by nextMessage; without a listener it would end the host
  const outcome = await nextMessage(worker, START_LIMIT_MS)
  if (outcome.kind === 'answer' && outcome.value === 'ready') return worker
  await worker.terminate()
  throw new Error('it does not answer')
}

/** The next message of a thread; `silence` when the limit comes first, `end` when the thread ends or is to end. */
async function nextMessage(worker: Worker, limitMs: number, closing?: AbortSignal): Promise<Outcome> {
  return await new Promise((resolve) => {
    // After a blocked event loop the limit is seen before an answer that came in time: one more look at the messages.
    const timer = setTimeout(() => setImmediate(() => setImmediate(finish, { kind: 'silence' })), Math.ceil(limitMs)).unref()
    const onMessage = (value: unknown) => finish({ kind: 'answer', value, tookMs: 0 })
    const onEnd = () => finish({ kind: 'end' })
    const finish = (outcome: Outcome) => {
      clearTimeout(timer)
      worker.off('message', onMessage).off('exit', onEnd)
      closing?.removeEventListener('abort', onEnd)
      resolve(outcome)
    }
    worker.once('message', onMessage).once('exit', onEnd)
    closing?.addEventListener('abort', onEnd)
  })
}
