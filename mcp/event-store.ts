import type { EventId, EventStore, StreamId } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'

const MAX_EVENTS = 64
const MAX_CHARS = 128 * 1024
const MAX_STREAMS = 16

interface Kept { seq: number, message: JSONRPCMessage, chars: number }

/** The newest messages of one stream, and how far it has come. */
interface Stream { kept: Kept[], chars: number, newest: number, isAnswered: boolean }

/**
 * What the streams of one session have carried last, so that a client whose connection broke gets what it missed. Bounded: at most
 * 16 streams, of each at most 64 messages and 128 KiB. Who was away for more than that is refused and starts afresh.
 */
export class StreamHistory implements EventStore {
  /** Those written to last stand at the end. */
  readonly #streams = new Map<StreamId, Stream>()

  storeEvent(streamId: StreamId, message: JSONRPCMessage): Promise<EventId> {
    const stream = this.#streams.get(streamId) ?? { kept: [], chars: 0, newest: 0, isAnswered: false }
    this.#streams.delete(streamId)
    this.#streams.set(streamId, stream)
    if ('result' in message || 'error' in message) stream.isAnswered = true
    keep(stream, { seq: ++stream.newest, message, chars: JSON.stringify(message).length })
    if (this.#streams.size > MAX_STREAMS) this.#dropOne()
    return Promise.resolve(`${streamId}:${stream.newest}`)
  }

  /** Gives the stream of an event if all that came after it is kept. */
  getStreamIdForEventId(eventId: EventId): Promise<StreamId | undefined> {
    return Promise.resolve(this.#find(eventId)?.streamId)
  }

  async replayEventsAfter(eventId: EventId, { send }: Parameters<EventStore['replayEventsAfter']>[1]): Promise<StreamId> {
    const found = this.#find(eventId)
    if (!found) throw new Error('events after this one are not kept')
    const { streamId, stream, seq } = found
    for (const event of [...stream.kept]) {
      if (event.seq > seq && !isPriming(event.message)) await send(`${streamId}:${event.seq}`, event.message)
    }
    return streamId
  }

  #find(eventId: EventId) {
    const [, streamId = '', digits] = /^(.+):(\d+)$/.exec(eventId) ?? []
    const stream = this.#streams.get(streamId)
    const seq = Number(digits)
    if (!stream || seq > stream.newest || seq < stream.newest - stream.kept.length) return undefined
    return { streamId, stream, seq }
  }

  /** An answered request is read by now, most likely; else the one that was silent longest. */
  #dropOne(): void {
    for (const [id, { isAnswered }] of this.#streams) {
      if (isAnswered) return void this.#streams.delete(id)
    }
    for (const id of this.#streams.keys()) return void this.#streams.delete(id)
  }
}

function keep(stream: Stream, event: Kept): void {
  stream.kept.push(event)
  stream.chars += event.chars
  while (stream.kept.length > MAX_EVENTS || stream.chars > MAX_CHARS) stream.chars -= stream.kept.shift()?.chars ?? 0
}

/** The SDK begins a stream with an empty message, only to tell an id. */
function isPriming(message: JSONRPCMessage): boolean {
  return Object.keys(message).length === 0
}
