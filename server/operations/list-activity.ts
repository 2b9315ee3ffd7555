import { z } from 'zod'
import { ActivityEntry } from '#shared/schemas/activity'
import { defineOperation } from './define'

export const listActivity = defineOperation({
  name: 'list_activity',
  description: 'Lists who did what, newest first: calls of agents, dashboard, command line and scripts that changed something or failed to.',
  effect: 'read',
  input: z.strictObject({
    limit: z.int('must be a whole number').min(1, 'must be at least 1').max(1000, 'must be at most 1000').default(100),
    before: z.int('must be a whole number').min(1, 'must be at least 1').optional().describe('Only entries older than this seq.'),
  }),
  output: z.array(ActivityEntry),
  handler: (query, { vantage }) => vantage.activity.list(query),
})
