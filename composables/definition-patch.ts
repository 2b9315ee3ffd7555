import type { ProcessDefinition } from '#shared/schemas/definition'
import { toBody, toForm, type DefinitionForm } from './definition-form'

/** A change as it is sent: nothing but what was changed; `null` clears. */
export type DefinitionPatch = Record<string, unknown>

/** These merge by key on the host: what is not named stays. */
const MERGED = ['env', 'depends_on']

/**
 * What was changed in the form since it was filled with `definition`. Everything else is left to the host: fields that the
 * form does not show, and what somebody else changed meanwhile.
 */
export function toPatch(form: DefinitionForm, definition: ProcessDefinition): DefinitionPatch {
  const { id: _, ...before } = toBody(toForm(definition), definition)
  const { id, ...after } = toBody(form, definition)
  return Object.fromEntries(Object.entries(changesOf(before, after)).map(([field, value]) => {
    const [old, now] = [entriesOf(before, field), entriesOf(after, field)]
    return [field, MERGED.includes(field) ? changesOf(old, now) : value]
  }))
}

/** The entries of `after` that differ; `null` for those that are gone. */
function changesOf(before: object, after: object): Record<string, unknown> {
  const old = new Map<string, unknown>(Object.entries(before))
  const changed = Object.entries(after).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(old.get(name)))
  const gone = [...old.keys()].filter(name => !(name in after)).map((name): [string, unknown] => [name, null])
  return Object.fromEntries([...changed, ...gone])
}

function entriesOf(body: object, field: string): object {
  const value: unknown = new Map<string, unknown>(Object.entries(body)).get(field)
  return typeof value === 'object' && value !== null ? value : {}
}
