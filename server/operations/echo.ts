import { z } from 'zod'
import { defineOperation } from './define'

export const echo = defineOperation({
  name: 'echo',
  description: 'Answers the message it was given. Shows that the connection works.',
  effect: 'read',
  input: z.strictObject({ message: z.string() }),
  output: z.string(),
  handler: ({ message }) => message,
})
