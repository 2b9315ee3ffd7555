import { z } from 'zod'
import { ACTOR_KINDS } from '../caller'
import { Timestamp } from './basics'

/** The REST call that takes another one back. */
export const UndoCall = z.strictObject({
  method: z.enum(['POST', 'PUT', 'PATCH', 'DELETE']),
  path: z.string(),
  body: z.record(z.string(), z.unknown()).optional(),
})
export type UndoCall = z.output<typeof UndoCall>

/**
 * One call that was to change something (CONTRACT §4, activity): `action` is the name of the operation, `result` `ok` or the
 * error code, `summary` one line for people. `arguments` hold no secrets: of an environment the names only.
 */
export const ActivityEntry = z.strictObject({
  seq: z.int().positive(),
  at: Timestamp,
  actor: z.strictObject({ kind: z.enum(ACTOR_KINDS), name: z.string() }),
  action: z.string(),
  process_id: z.string().optional(),
  arguments: z.record(z.string(), z.unknown()).optional(),
  result: z.string(),
  summary: z.string(),
  undo: UndoCall.optional(),
})
export type ActivityEntry = z.output<typeof ActivityEntry>
