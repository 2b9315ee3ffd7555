import { z } from 'zod'
import { ProcessId } from '#shared/schemas/basics'
import { defineOperation } from './define'

export const sendInput = defineOperation({
  name: 'send_input',
  description: 'Writes text to the standard input of a process as it is: a line needs its newline. The definition must have stdin "open".',
  effect: 'operate',
  errors: ['PROCESS_NOT_FOUND', 'NOT_RUNNING'],
  input: z.strictObject({ id: ProcessId, text: z.string().min(1, 'may not be empty') }),
  output: z.void(),
  touches: ({ id }) => [id],
  handler: async ({ id, text }, { vantage, tell }) => {
    await vantage.processes.sendInput(id, text)
    tell({ summary: `Sent ${text.length} characters to ${id}` })
  },
})
