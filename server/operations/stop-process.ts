import { z } from 'zod'
import { ProcessId } from '#shared/schemas/basics'
import { ProcessInfo } from '#shared/schemas/process-info'
import { SignalName } from '#shared/schemas/signal'
import { defineOperation } from './define'

const HOUR_MS = 3_600_000

export const stopProcess = defineOperation({
  name: 'stop_process',
  description: 'Stops a process with everything it started: a signal (SIGTERM), after grace_ms (5000) SIGKILL. Answers when the whole group is gone.',
  effect: 'operate',
  input: z.strictObject({
    id: ProcessId,
    grace_ms: z.int('must be a whole number').min(0, 'may not be negative').max(HOUR_MS, 'must be at most an hour').optional(),
    signal: SignalName.optional(),
  }),
  output: ProcessInfo,
  handler: ({ id, grace_ms: graceMs, signal }, { vantage }) => vantage.processes.stop(id, { graceMs, signal }),
})
