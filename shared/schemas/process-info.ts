import { z } from 'zod'
import { PHASES, STATES } from '../lifecycle'
import { ProcessDefinition } from './definition'

export const Timestamp = z.iso.datetime()

/** The names of the states, without regard to case: `running` is `Running`. */
export const StateName = z.string().transform((text, context) => {
  const state = STATES.find(name => name.toLowerCase() === text.toLowerCase())
  if (state) return state
  context.addIssue({ code: 'custom', message: `must be one of ${STATES.join(', ')}` })
  return z.NEVER
})

/** A process as it is answered: its definition and what is true of it now. Absent means not applicable (CONTRACT §3). */
export const ProcessInfo = ProcessDefinition.extend({
  state: z.enum(STATES),
  phase: z.enum(PHASES),
  run: z.int().positive().optional(),
  pid: z.int().positive().optional(),
  started_at: Timestamp.optional(),
  uptime_ms: z.int().nonnegative().optional(),
  stopped_at: Timestamp.optional(),
  failed_at: Timestamp.optional(),
  exit_code: z.int().optional(),
  signal: z.string().optional(),
  error: z.string().optional(),
  leftovers_ended: z.literal(true).optional(),
  pending_changes: z.literal(true).optional(),
  created_at: Timestamp,
  updated_at: Timestamp,
})
export type ProcessInfo = z.output<typeof ProcessInfo>
