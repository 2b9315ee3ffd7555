import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { failure, toVantageError } from '#shared/errors'
import type { SocketMessage } from '#shared/schemas/events'
import { parseInput } from '#shared/validation'
import type { OperationContext } from '../operations/define'
import { messagesOf, parseTopic, type Topic } from './socket-topics'

type Vantage = OperationContext['vantage']

/** The line to one client, as far as a session needs it. */
export interface SocketLine {
  send: (text: string) => void
  /** Bytes handed over but not yet taken by the network. */
  unsentBytes: () => number
}

const FULL_BYTES = 1_000_000
const LOOK_AGAIN_MS = 20
const MAX_TOPICS = 100

const Request = z.strictObject({
  op: z.enum(['subscribe', 'unsubscribe'], 'must be "subscribe" or "unsubscribe"'),
  topic: z.string(),
  since: z.string().optional(),
})

/** One client of `/api/ws`: its topics, each read at the pace the client takes them. */
export class SocketSession {
  readonly #line: SocketLine
  readonly #openVantage: () => Promise<Vantage>
  readonly #topics = new Map<string, AbortController>()

  constructor(line: SocketLine, openVantage: () => Promise<Vantage>) {
    this.#line = line
    this.#openVantage = openVantage
  }

  /** Does what a frame asks for; what is wrong with it is answered, never thrown. */
  async receive(text: string): Promise<void> {
    let topic: string | undefined
    try {
      const request = parseInput(Request, parseJson(text))
      topic = request.topic
      const wanted = parseTopic(topic)
      if (request.op === 'unsubscribe') this.#drop(topic)
      else await this.#subscribe(topic, wanted, request.since)
    }
    catch (thrown) {
      this.#refuse(thrown, topic)
    }
  }

  ping(): void {
    this.#send({ type: 'ping' })
  }

  /** Ends all topics. */
  close(): void {
    for (const topic of [...this.#topics.keys()]) this.#drop(topic)
  }

  async #subscribe(topic: string, wanted: Topic, since: string | undefined): Promise<void> {
    this.#drop(topic)
    if (this.#topics.size >= MAX_TOPICS) {
      throw failure('VALIDATION_FAILED', { problems: [{ field: 'topic', reason: `at most ${MAX_TOPICS} at once on one socket` }] })
    }
    const end = new AbortController()
    this.#topics.set(topic, end)
    try {
      const vantage = await this.#openVantage()
      if (wanted.name === 'logs') vantage.processes.get(wanted.id)
      const messages = messagesOf({ vantage, signal: end.signal }, { topic, wanted, since })
      void this.#pump(topic, end, messages) // ends with the topic; its errors are told to the client
    }
    catch (thrown) {
      this.#forget(topic, end)
      throw thrown
    }
  }

  async #pump(topic: string, end: AbortController, messages: AsyncGenerator<SocketMessage>): Promise<void> {
    try {
      for await (const message of messages) {
        if (end.signal.aborted) break
        this.#send(message)
        await this.#hasRoom(end.signal)
      }
    }
    catch (thrown) {
      if (!end.signal.aborted) this.#refuse(thrown, topic)
    }
    finally {
      this.#forget(topic, end)
    }
  }

  /** Waits while the client is behind: nothing is read for it meanwhile, the file and the ring keep it. */
  async #hasRoom(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#line.unsentBytes() > FULL_BYTES) await delay(LOOK_AGAIN_MS)
  }

  #drop(topic: string): void {
    const end = this.#topics.get(topic)
    this.#topics.delete(topic)
    end?.abort()
  }

  #forget(topic: string, end: AbortController): void {
    if (this.#topics.get(topic) === end) this.#topics.delete(topic)
  }

  #refuse(thrown: unknown, topic: string | undefined): void {
    this.#send({ ...(topic !== undefined && { topic }), type: 'error', error: toVantageError(thrown).toBody() })
  }

  #send(message: SocketMessage): void {
    this.#line.send(JSON.stringify(message))
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  }
  catch (cause) {
    throw failure('VALIDATION_FAILED', { problems: [{ field: '', reason: 'The frame is not valid JSON.' }] }, cause)
  }
}
