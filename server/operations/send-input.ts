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
  handler: ({ id, text }, { vantage }) => vantage.processes.sendInput(id, text),
})
