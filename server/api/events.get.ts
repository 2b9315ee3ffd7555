import { z } from 'zod'
import { StreamedEvent } from '#shared/schemas/events'
import { parseInput } from '#shared/validation'
import { readFields } from '../http/fields'
import { handle } from '../http/route'
import { streamEvents } from '../http/stream-events'

const EventsRequest = z.strictObject({})

export default handle(async (event) => {
  parseInput(EventsRequest, await readFields(event, EventsRequest))
  await streamEvents(event)
}, {
  operation: {
    name: 'follow_events',
    description: 'Streams every change as it happens, from now or after Last-Event-ID. "event: resync" means that this id is not known any more: read the lists afresh.',
    effect: 'read',
    input: EventsRequest,
  },
  answer: {
    status: 200,
    type: 'text/event-stream',
    schema: StreamedEvent,
    example: 'id: 2ec799d5-12\nevent: process.removed\ndata: {"type":"process.removed","data":{"id":"web"},"id":"2ec799d5-12","at":"2026-11-22T12:00:00.000Z"}\n\n',
  },
  headers: { 'Last-Event-ID': 'The id of the last message one has.' },
})
