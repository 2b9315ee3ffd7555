import { z } from 'zod'
import { Timestamp } from './basics'

/** What the whole process tree took at one moment: percent of one core, and resident bytes. */
export const MetricsPoint = z.strictObject({
  at: Timestamp,
  cpu_percent: z.number().nonnegative(),
  memory_bytes: z.int().nonnegative(),
})
export type MetricsPoint = z.output<typeof MetricsPoint>

/** One message of the topic `metrics`: the newest sample of every process that runs. */
export const MetricsSample = MetricsPoint.extend({ id: z.string(), ports: z.array(z.int()) })
export type MetricsSample = z.output<typeof MetricsSample>
