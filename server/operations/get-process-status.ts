import { z } from 'zod'
import { ProcessId } from '#shared/schemas/basics'
import { ProcessInfo } from '#shared/schemas/process-info'
import { defineOperation } from './define'
import { refreshMetrics } from './refresh-metrics'

/** Who asks for one process wants its first numbers more than an answer at once. */
const MAX_FIRST_WAIT_MS = 400

export const getProcessStatus = defineOperation({
  name: 'get_process_status',
  description: 'Gives one process: its definition and state; pid, run time, ports, CPU and memory while it runs, exit code or signal when it has ended.',
  effect: 'read',
  errors: ['PROCESS_NOT_FOUND'],
  input: z.strictObject({ id: ProcessId }),
  output: ProcessInfo,
  handler: async ({ id }, { vantage }) => {
    await refreshMetrics(vantage, vantage.metrics.isUnmeasured(id) ? { maxWaitMs: MAX_FIRST_WAIT_MS } : {})
    return vantage.processes.get(id)
  },
})
