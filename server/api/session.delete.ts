import { z } from 'zod'
import { parseInput } from '#shared/validation'
import { readFields } from '../http/fields'
import { hostAccess } from '../http/host'
import { handle, sendNothing } from '../http/route'

const Nothing = z.strictObject({})

const closeSession = { name: 'close_session', description: 'Ends the session of the cookie; without one there is nothing to end.', effect: 'operate' as const, input: Nothing }

/** Ends the session of the cookie; without one there is nothing to end, which is no error. */
export default handle(async (event) => {
  parseInput(Nothing, await readFields(event, Nothing))
  const { req, res } = event.node
  const cookie = await hostAccess()?.signOut(req)
  if (cookie !== undefined) res.setHeader('Set-Cookie', cookie)
  sendNothing(event)
}, { operation: closeSession, answer: { status: 204 } })
