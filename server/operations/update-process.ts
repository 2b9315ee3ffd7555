import { ProcessId } from '#shared/schemas/basics'
import { ProcessPatch } from '#shared/schemas/definition'
import { ProcessInfo } from '#shared/schemas/process-info'
import { defineOperation } from './define'

export const updateProcess = defineOperation({
  name: 'update_process',
  description: 'Changes fields of a definition; the others stay. env and depends_on merge by name, null clears. A running process takes the change at its next start (pending_changes).',
  effect: 'define',
  input: ProcessPatch.extend({ id: ProcessId }),
  output: ProcessInfo,
  // An agent speaks for its project; a person in the dashboard, or at a prompt, for all.
  handler: ({ id, ...patch }, { vantage, actor, caller }) => vantage.processes.patch(id, patch, actor.kind === 'agent' ? caller : {}),
})
