import { z } from 'zod'
import { ProcessId } from '#shared/schemas/basics'
import { defineOperation } from './define'

export const clearProcessOutput = defineOperation({
  name: 'clear_process_output',
  description: 'Removes the stored log of a process: every line of all its runs. A running one writes on; cursors stay valid and count what went.',
  effect: 'operate',
  errors: ['PROCESS_NOT_FOUND'],
  input: z.strictObject({ id: ProcessId }),
  output: z.void(),
  touches: ({ id }) => [id],
  handler: async ({ id }, { vantage, tell }) => {
    await vantage.processes.logs(id).clear()
    tell({ summary: `Cleared the log of ${id}` })
  },
})
