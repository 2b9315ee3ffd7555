import { z } from 'zod'
import { SessionAuth } from '#shared/schemas/session'
import { parseInput } from '#shared/validation'
import { readFields } from '../http/fields'
import { hostAccess } from '../http/host'
import { handle, sendJson } from '../http/route'

const Nothing = z.strictObject({})

/** Tells whether callers need a token, and no more: everybody may ask. */
export default handle(async (event) => {
  parseInput(Nothing, await readFields(event, Nothing))
  sendJson(event, SessionAuth.parse({ auth: hostAccess() ? 'token' : 'none' }))
})
