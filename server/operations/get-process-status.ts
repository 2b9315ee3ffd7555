import { z } from 'zod'
import { ProcessId } from '#shared/schemas/basics'
import { ProcessInfo } from '#shared/schemas/process-info'
import { defineOperation } from './define'

export const getProcessStatus = defineOperation({
  name: 'get_process_status',
  description: 'Gives one process: its definition and state, pid and run time while it runs, exit code or signal when it has ended.',
  effect: 'read',
  input: z.strictObject({ id: ProcessId }),
  output: ProcessInfo,
  handler: ({ id }, { vantage }) => vantage.processes.get(id),
})
