import { z } from 'zod'
import { ProcessId } from '#shared/schemas/basics'
import { ProcessInfo } from '#shared/schemas/process-info'
import { defineOperation } from './define'

/** What a start or restart waits for: so far the launch only. */
export const WaitFor = z.string().refine(wait => wait !== 'ready', '"ready" is not supported by this version').pipe(
  z.enum(['spawned'], 'must be "spawned"'),
)

/** Which process to start or restart. */
export const StartRequest = z.strictObject({ id: ProcessId, wait: WaitFor.optional() })

export const startProcess = defineOperation({
  name: 'start_process',
  description: 'Starts a process and answers with its pid once it is launched. A command that cannot be started is an error with its reason.',
  effect: 'operate',
  input: StartRequest,
  output: ProcessInfo,
  handler: ({ id }, { vantage, caller }) => vantage.processes.start(id, caller),
})
