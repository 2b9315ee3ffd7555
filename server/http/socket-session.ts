import { setTimeout as delay } from 'node:timers/promises'
import { failure, toVantageError } from '#shared/errors'
import { type SocketMessage, SocketRequest } from '#shared/schemas/events'
import { parseInput } from '#shared/validation'
import type { CallContext } from '../operations/define'
import { messagesOf, parseTopic, type Topic } from './socket-topics'

type Vantage = CallContext['vantage']

/** The line to one client, as far as a session needs it. */
export interface SocketLine {
  send: (text: string) => void
  /** Bytes handed over but not yet taken by the network. */
  unsentBytes: () => number
}

const FULL_BYTES = 1_000_000
const LOOK_AGAIN_MS = 20
const MAX_TOPICS = 100
const PING_MS = 5_000

interface Subscribed {
  topic: string
  end: AbortController
  messages: AsyncGenerator<SocketMessage>
  reader: { hasWaited: boolean }
}

/** One client of `/api/ws`: its topics, each read at the pace the client takes them. */
export class SocketSession {
  readonly #line: SocketLine
  readonly #openVantage: () => Promise<Vantage>
  readonly #topics = new Map<string, AbortController>()
  readonly #pings: NodeJS.Timeout

  constructor(line: SocketLine, openVantage: () => Promise<Vantage>) {
    this.#line = line
    this.#openVantage = openVantage
    this.#pings = setInterval(() => this.#send({ type: 'ping' }), PING_MS).unref()
  }

  /** Does what a frame asks for; what is wrong with it is answered, never thrown. */
  async receive(text: string): Promise<void> {
    let topic: string | undefined
    try {
      const request = parseInput(SocketRequest, parseJson(text))
      topic = request.topic
      const wanted = parseTopic(topic)
      if (request.op === 'unsubscribe') this.#drop(topic)
      else await this.#subscribe(topic, wanted, request.since)
    }
    catch (thrown) {
      this.#refuse(thrown, topic)
    }
  }

  /** Ends all topics and the pings. */
  close(): void {
    clearInterval(this.#pings)
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
      const reader = { hasWaited: false }
      const messages = messagesOf({ vantage, signal: end.signal }, { topic, wanted, since, hasWaited: () => reader.hasWaited })
      void this.#pump({ topic, end, messages, reader }) // ends with the topic; its errors are told to the client
    }
    catch (thrown) {
      this.#forget(topic, end)
      throw thrown
    }
  }

  async #pump({ topic, end, messages, reader }: Subscribed): Promise<void> {
    try {
      for await (const message of messages) {
        if (end.signal.aborted) break
        this.#send(message)
        reader.hasWaited = await this.#waitForRoom(end.signal)
      }
    }
    catch (thrown) {
      if (!end.signal.aborted) this.#refuse(thrown, topic)
    }
    finally {
      this.#forget(topic, end)
    }
  }

  /** Waits while the client is behind, and tells whether it was: nothing is read for it meanwhile, the file and the ring keep it. */
  async #waitForRoom(signal: AbortSignal): Promise<boolean> {
    const isBehind = () => !signal.aborted && this.#line.unsentBytes() > FULL_BYTES
    const hasWaited = isBehind()
    while (isBehind()) await delay(LOOK_AGAIN_MS)
    return hasWaited
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
