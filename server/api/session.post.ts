import { failure } from '#shared/errors'
import { SessionRequest } from '#shared/schemas/session'
import { parseInput } from '#shared/validation'
import { readFields } from '../http/fields'
import { hostAccess } from '../http/host'
import { handle, sendNothing } from '../http/route'

const openSession = {
  name: 'open_session',
  description: 'Trades the token of the host for the cookie of a session, which a browser sends by itself.',
  effect: 'operate' as const,
  errors: ['UNAUTHORIZED'] as const,
  input: SessionRequest,
}

/** Trades the token for the cookie of a session. */
export default handle(async (event) => {
  const { token } = parseInput(SessionRequest, await readFields(event, SessionRequest))
  const access = hostAccess()
  if (!access) throw failure('VALIDATION_FAILED', { problems: [{ field: 'token', reason: 'is not wanted: this host has none' }] })
  const { req, res } = event.node
  res.setHeader('Set-Cookie', await access.signIn(req, token))
  sendNothing(event)
}, { operation: openSession, answer: { status: 204 } })
