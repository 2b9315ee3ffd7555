import { z } from 'zod'
import { ProcessId } from '#shared/schemas/basics'
import { defineOperation } from './define'

export const removeProcess = defineOperation({
  name: 'remove_process',
  description: 'Removes a process with its definition and log. A running one is refused unless force is true, which stops it first.',
  effect: 'define',
  errors: ['PROCESS_NOT_FOUND', 'PROCESS_RUNNING'],
  input: z.strictObject({ id: ProcessId, force: z.boolean().default(false) }),
  output: z.void(),
  touches: ({ id }) => [id],
  handler: async ({ id, force }, { vantage, tell }) => {
    const definition = await vantage.processes.remove(id, { force })
    tell({ summary: `Removed ${id} with its log`, undo: { method: 'POST', path: '/api/processes', body: definition } })
  },
})
