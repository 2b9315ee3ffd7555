import { z } from 'zod'
import { parseInput } from '#shared/validation'
import { readFields } from '../http/fields'
import { handle } from '../http/route'
import { streamEvents } from '../http/stream-events'

const EventsRequest = z.strictObject({})

export default handle(async (event) => {
  parseInput(EventsRequest, await readFields(event, EventsRequest))
  await streamEvents(event)
})
