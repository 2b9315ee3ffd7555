import { ProcessId } from '#shared/schemas/basics'
import { ProcessPatch } from '#shared/schemas/definition'
import { ProcessInfo } from '#shared/schemas/process-info'
import { defineOperation } from './define'
import { DEFINITION_ERRORS } from './refusals'
import { toldOfChange } from './told-of-change'

export const updateProcess = defineOperation({
  name: 'update_process',
  description: 'Changes fields of a definition; the others stay. env and depends_on merge by name, null clears. A running process takes the change at its next start (pending_changes).',
  effect: 'define',
  errors: ['PROCESS_NOT_FOUND', ...DEFINITION_ERRORS],
  input: ProcessPatch.extend({ id: ProcessId }),
  output: ProcessInfo,
  touches: ({ id }) => [id],
  handler: async ({ id, ...patch }, { vantage, actor, caller, tell }) => {
    // An agent speaks for its project; a person in the dashboard, or at a prompt, for all.
    const redefined = await vantage.processes.patch(id, patch, actor.kind === 'agent' ? caller : {})
    tell(toldOfChange(redefined))
    return redefined.info
  },
})
