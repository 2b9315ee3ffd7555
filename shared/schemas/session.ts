import { z } from 'zod'

/** What `GET /api/session` says: whether this host wants a token. */
export const SessionAuth = z.strictObject({ auth: z.enum(['none', 'token']) })
export type SessionAuth = z.output<typeof SessionAuth>

/** What `POST /api/session` takes: the token of the host. */
export const SessionRequest = z.strictObject({ token: z.string('must be the token of the host') })
