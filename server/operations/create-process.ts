import { CreateProcessRequest } from '#shared/schemas/definition'
import { ProcessInfo } from '#shared/schemas/process-info'
import { defineOperation } from './define'
import { DEFINITION_ERRORS } from './refusals'

export const createProcess = defineOperation({
  name: 'create_process',
  description: 'Defines a process: command and args without a shell, env, cwd. It is not started; start_process does that. The definition survives restarts of the host.',
  effect: 'define',
  errors: ['PROCESS_EXISTS', ...DEFINITION_ERRORS],
  input: CreateProcessRequest,
  output: ProcessInfo,
  touches: () => [],
  handler: async (request, { vantage, caller, tell }) => {
    const info = await vantage.processes.create(request, caller)
    tell({ summary: `Created ${info.id}`, undo: { method: 'DELETE', path: `/api/processes/${info.id}?force=true` } })
    return info
  },
})
