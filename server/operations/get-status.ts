import { z } from 'zod'
import { HostStatus } from '#shared/schemas/host'
import { defineOperation } from './define'

export const getStatus = defineOperation({
  name: 'get_status',
  description: 'Tells the version of the host, how many processes it knows and how long it has been up.',
  effect: 'read',
  input: z.strictObject({}),
  output: HostStatus,
  handler: (_, { vantage }) => ({
    status: 'running' as const,
    version: vantage.version,
    process_count: vantage.processes.list().length,
    uptime_seconds: Math.floor(uptimeMs(vantage.startedAt) / 1000),
  }),
})

/** Milliseconds since `startedAt`; never negative, whatever the clock did. */
export function uptimeMs(startedAt: Date): number {
  return Math.max(0, Date.now() - startedAt.getTime())
}
