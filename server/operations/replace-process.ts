import { CreateProcessRequest } from '#shared/schemas/definition'
import { ProcessInfo } from '#shared/schemas/process-info'
import { defineOperation } from './define'
import { DEFINITION_ERRORS } from './refusals'
import { toldOfChange } from './told-of-change'

export const replaceProcess = defineOperation({
  name: 'replace_process',
  description: 'Replaces the whole definition of a process; what is left out gets its default.',
  effect: 'define',
  errors: ['PROCESS_NOT_FOUND', ...DEFINITION_ERRORS],
  input: CreateProcessRequest,
  output: ProcessInfo,
  touches: ({ id }) => [id],
  handler: async (request, { vantage, caller, tell }) => {
    const redefined = await vantage.processes.replace(request.id, request, caller)
    tell(toldOfChange(redefined))
    return redefined.info
  },
})
