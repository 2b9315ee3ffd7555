import { z } from 'zod'
import { PHASES, STATES } from '../lifecycle'
import { Timestamp } from './basics'
import { ProcessDefinition } from './definition'
import { Dependencies } from './supervision'

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
  ports: z.array(z.int()).optional(),
  cpu_percent: z.number().nonnegative().optional(),
  memory_bytes: z.int().nonnegative().optional(),
  stopped_at: Timestamp.optional(),
  failed_at: Timestamp.optional(),
  exit_code: z.int().optional(),
  signal: z.string().optional(),
  error: z.string().optional(),
  restart_count: z.int().positive().optional(),
  next_restart_at: Timestamp.optional(),
  waiting_for: Dependencies.optional(),
  leftovers_ended: z.literal(true).optional(),
  truncated: z.literal(true).optional(),
  throttled: z.literal(true).optional(),
  pending_changes: z.literal(true).optional(),
  created_at: Timestamp,
  updated_at: Timestamp,
})
export type ProcessInfo = z.output<typeof ProcessInfo>

/** The answer to a start or restart that was to wait: `timed_out` when the time was over before. */
export const StartedProcess = ProcessInfo.extend({ timed_out: z.literal(true).optional() })
export type StartedProcess = z.output<typeof StartedProcess>
