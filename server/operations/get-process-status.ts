import { z } from 'zod'
import { ProcessId } from '#shared/schemas/basics'
import { ProcessInfo } from '#shared/schemas/process-info'
import { defineOperation } from './define'
import { refreshMetrics } from './refresh-metrics'

export const getProcessStatus = defineOperation({
  name: 'get_process_status',
  description: 'Gives one process: its definition and state; pid, run time, ports, CPU and memory while it runs, exit code or signal when it has ended.',
  effect: 'read',
  errors: ['PROCESS_NOT_FOUND'],
  input: z.strictObject({ id: ProcessId }),
  output: ProcessInfo,
  handler: async ({ id }, { vantage }) => {
    await refreshMetrics(vantage)
    return vantage.processes.get(id)
  },
})
