import type { ProcessDefinition } from '#shared/schemas/definition'
import type { Redefined } from '../core/process/process-manager'
import { changedFields, changedNames } from '../core/rules/definition-changes'
import type { Told } from './define'

/** What the activity says of a changed definition: its fields by name, and the call that brings the one before back. */
export function toldOfChange({ before, info }: Redefined): Told {
  const names = changesByName(before, info)
  if (names.length === 0) return { summary: `Left ${info.id} as it was` }
  return {
    summary: `Changed ${info.id}: ${names.join(', ')}`,
    undo: { method: 'PUT', path: `/api/processes/${info.id}`, body: before },
  }
}

/** The names of the fields in which two definitions differ; of variables of the environment their own names. */
function changesByName(before: ProcessDefinition, after: ProcessDefinition): string[] {
  return changedFields(before, after)
    .flatMap(field => field === 'env' ? changedNames(before.env, after.env).map(name => `env.${name}`) : [field])
}
