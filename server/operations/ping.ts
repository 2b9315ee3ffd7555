import { z } from 'zod'
import { defineOperation } from './define'

export const ping = defineOperation({
  name: 'ping',
  description: 'Answers "pong" when the host is up.',
  effect: 'read',
  input: z.strictObject({}),
  output: z.literal('pong'),
  handler: () => 'pong' as const,
})
