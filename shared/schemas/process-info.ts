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
  state: z.enum(STATES).describe('Stopped: it exited with 0, or was asked to stop. Failed: any other end, or a start that could not happen.'),
  phase: z.enum(PHASES)
    .describe('waiting: for dependencies; starting: not ready yet; running: no check; unready: the check failed; backoff: pause before a restart.'),
  run: z.int().positive().optional().describe('Number of the newest run, from 1.'),
  pid: z.int().positive().optional().describe('While it runs; so are started_at to memory_bytes.'),
  started_at: Timestamp.optional(),
  uptime_ms: z.int().nonnegative().optional(),
  ports: z.array(z.int()).optional().describe('TCP ports on which it, or what it started, listens.'),
  cpu_percent: z.number().nonnegative().optional().describe('Of one core, with everything it started.'),
  memory_bytes: z.int().nonnegative().optional().describe('Resident, with everything it started.'),
  stopped_at: Timestamp.optional(),
  failed_at: Timestamp.optional(),
  exit_code: z.int().optional().describe('Of the newest run when it has ended; or else its signal.'),
  signal: z.string().optional(),
  error: z.string().optional().describe('Why it failed.'),
  restart_count: z.int().positive().optional().describe('Restarts in a row.'),
  next_restart_at: Timestamp.optional(),
  waiting_for: Dependencies.optional().describe('What of depends_on is not there yet.'),
  leftovers_ended: z.literal(true).optional().describe('It left processes behind, which were ended.'),
  truncated: z.literal(true).optional().describe('It has cut its own log.'),
  throttled: z.literal(true).optional().describe('It is slowed down, because it writes too fast.'),
  pending_changes: z.literal(true).optional().describe('Its definition was changed; the next start takes it.'),
  created_at: Timestamp,
  updated_at: Timestamp,
})
export type ProcessInfo = z.output<typeof ProcessInfo>

/** The answer to a start or restart that was to wait: `timed_out` when the time was over before. */
export const StartedProcess = ProcessInfo.extend({ timed_out: z.literal(true).optional().describe('The time was over before; this is how it stands.') })
export type StartedProcess = z.output<typeof StartedProcess>
