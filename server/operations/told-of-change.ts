import { isDeepStrictEqual } from 'node:util'
import { ProcessDefinition } from '#shared/schemas/definition'
import type { Redefined } from '../core/process/process-manager'
import type { Told } from './define'

const FIELDS = ProcessDefinition.keyof().options

/** What the activity says of a changed definition: its fields by name, and the call that brings the one before back. */
export function toldOfChange({ before, info }: Redefined): Told {
  const fields = changedFields(before, info)
  if (fields.length === 0) return { summary: `Left ${info.id} as it was` }
  return {
    summary: `Changed ${info.id}: ${fields.join(', ')}`,
    undo: { method: 'PUT', path: `/api/processes/${info.id}`, body: before },
  }
}

/** The names of the fields in which two definitions differ; of variables of the environment their own names. */
export function changedFields(before: ProcessDefinition, after: ProcessDefinition): string[] {
  return FIELDS.flatMap((field) => {
    if (isDeepStrictEqual(before[field], after[field])) return []
    return field === 'env' ? changedNames(before.env, after.env).map(name => `env.${name}`) : [field]
  })
}

function changedNames(before: Record<string, string>, after: Record<string, string>): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(name => before[name] !== after[name])
}
