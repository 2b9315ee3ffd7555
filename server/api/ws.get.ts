import { defineEventHandler } from 'h3'
import { failure } from '#shared/errors'
import { answerError } from '../http/route'
import { socketHooks } from '../http/socket'

export default defineEventHandler({
  handler: (event) => {
    event._handled = true
    answerError(event, failure('VALIDATION_FAILED', { problems: [{ field: 'Upgrade', reason: 'must be "websocket": this is a WebSocket' }] }))
  },
  websocket: socketHooks,
})
