import { defineEventHandler } from 'h3'
import { z } from 'zod'
import { failure } from '#shared/errors'
import { answerError } from '../http/route'
import { describeRoute } from '../http/route-description'
import { socketHooks } from '../http/socket'

export default describeRoute(defineEventHandler({
  handler: (event) => {
    event._handled = true
    answerError(event, failure('VALIDATION_FAILED', { problems: [{ field: 'Upgrade', reason: 'must be "websocket": this is a WebSocket' }] }))
  },
  websocket: socketHooks,
}), {
  operation: {
    name: 'open_socket',
    description: 'Opens a WebSocket for everything live. The client sends SocketRequest, the host SocketMessage, as JSON in text frames.',
    effect: 'read',
    input: z.strictObject({}),
  },
  answer: { status: 101 },
})
