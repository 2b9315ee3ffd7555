import { z } from 'zod'
import { ProcessId } from '#shared/schemas/basics'
import { MetricsPoint } from '#shared/schemas/metrics'
import { defineOperation } from './define'

const Moment = z.iso.datetime({ offset: true, error: 'must be a time of RFC 3339, such as 2026-11-22T12:00:00Z' })

export const getMetrics = defineOperation({
  name: 'get_metrics',
  description: 'Gives what a process and everything it started took of CPU and memory, over the last 10 minutes at most.',
  effect: 'read',
  errors: ['PROCESS_NOT_FOUND'],
  input: z.strictObject({ id: ProcessId, from: Moment.optional(), to: Moment.optional() })
    .refine(({ from, to }) => !from || !to || Date.parse(from) <= Date.parse(to), { path: ['from'], error: 'may not be after to' }),
  output: z.array(MetricsPoint),
  handler: ({ id, from, to }, { vantage }) => {
    vantage.processes.get(id) // an unknown process is an error, not one without a history
    return vantage.metrics.history(id, { ...(from && { from: new Date(from) }), ...(to && { to: new Date(to) }) })
  },
})
