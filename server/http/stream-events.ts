import type { H3Event } from 'h3'
import { followEvents } from '../operations/follow-events'
import { openEventStream } from './event-stream'
import { whenOpen } from './host'

/** Answers with the stream of events: after `Last-Event-ID`, else from now. */
export async function streamEvents(event: H3Event): Promise<void> {
  const vantage = await whenOpen()
  const since = lastEventId(event) ?? vantage.events.lastId
  const { send, signal, end } = openEventStream(event)
  const followed = followEvents({ vantage, signal }, since)
  if (since === vantage.events.lastId) await send({ id: since })
  for await (const next of followed) {
    if (next.kind === 'resync') await send({ id: next.id, event: 'resync', data: { type: 'resync' } })
    else await send({ id: next.event.id, event: next.event.type, data: next.event })
  }
  end()
}

/** What a reader that comes back has seen last. */
export function lastEventId(event: H3Event): string | undefined {
  const value = event.node.req.headers['last-event-id']
  return typeof value === 'string' && value !== '' ? value : undefined
}
