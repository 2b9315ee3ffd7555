import { z } from 'zod'
import { Health } from '#shared/schemas/host'
import { defineOperation } from './define'
import { uptimeMs } from './get-status'

export const getHealth = defineOperation({
  name: 'get_health',
  description: 'Tells that this is a Vantage host that answers, with its version and pid.',
  effect: 'read',
  input: z.strictObject({}),
  output: Health,
  handler: (_, { vantage }) => ({
    status: 'ok' as const,
    app: 'vantage' as const,
    version: vantage.version,
    pid: process.pid,
    uptime_ms: uptimeMs(vantage.startedAt),
  }),
})
