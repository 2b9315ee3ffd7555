import { z } from 'zod'
import { ProcessId } from '#shared/schemas/basics'
import { ProcessInfo } from '#shared/schemas/process-info'
import { SignalName } from '#shared/schemas/signal'
import { defineOperation } from './define'

const HOUR_MS = 3_600_000

/** How to stop, where it is not as the definition says. */
export const stopFields = {
  grace_ms: z.int('must be a whole number').min(0, 'may not be negative').max(HOUR_MS, 'must be at most an hour').optional(),
  signal: SignalName.optional(),
}

export const stopProcess = defineOperation({
  name: 'stop_process',
  description: 'Stops a process with everything it started: a signal, after grace_ms SIGKILL; by default as its definition says (SIGTERM, 5000). Answers when all of it is gone.',
  effect: 'operate',
  errors: ['PROCESS_NOT_FOUND', 'NOT_RUNNING'],
  input: z.strictObject({ id: ProcessId, ...stopFields }),
  output: ProcessInfo,
  touches: ({ id }) => [id],
  handler: async ({ id, grace_ms: graceMs, signal }, { vantage, tell }) => {
    const info = await vantage.processes.stop(id, { graceMs, signal })
    tell({ summary: `Stopped ${id}`, undo: { method: 'POST', path: `/api/processes/${id}/start` } })
    return info
  },
})
