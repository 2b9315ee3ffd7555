import { z } from 'zod'
import { SessionAuth } from '#shared/schemas/session'
import { parseInput } from '#shared/validation'
import { readFields } from '../http/fields'
import { hostAccess } from '../http/host'
import { handle, sendJson } from '../http/route'

const Nothing = z.strictObject({})

const getSession = { name: 'get_session', description: 'Tells whether this host wants a token. Everybody may ask.', effect: 'read' as const, input: Nothing }

/** Tells whether callers need a token, and no more: everybody may ask. */
export default handle(async (event) => {
  parseInput(Nothing, await readFields(event, Nothing))
  sendJson(event, SessionAuth.parse({ auth: hostAccess() ? 'token' : 'none' }))
}, { operation: getSession, answer: { status: 200, schema: SessionAuth } })
