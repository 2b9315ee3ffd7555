import { isDeepStrictEqual } from 'node:util'
import { ProcessDefinition } from '#shared/schemas/definition'
import { RestartRules, StopRules } from '#shared/schemas/supervision'

export type DefinitionField = Exclude<keyof ProcessDefinition, 'id'>

/** What a field means that is left out. */
const IMPLIED: Partial<ProcessDefinition> = {
  tags: [],
  env_file: [],
  assign_ports: {},
  stdin: 'none',
  output: 'file',
  restart: RestartRules.parse({}),
  depends_on: {},
  stop: StopRules.parse({}),
  limits: {},
  lifetime: 'keep',
  agents: 'allow',
}

const FIELDS = ProcessDefinition.keyof().options.flatMap(field => field === 'id' ? [] : [field])

/** Gives the fields in which two definitions say different things; one that says only what is so anyway is no difference. */
export function changedFields(
  before: ProcessDefinition,
  after: ProcessDefinition,
  fields: readonly DefinitionField[] = FIELDS,
): DefinitionField[] {
  return fields.filter(field => !isDeepStrictEqual(meaningOf(before, field), meaningOf(after, field)))
}

function meaningOf(definition: ProcessDefinition, field: DefinitionField): unknown {
  const value = definition[field] ?? IMPLIED[field]
  return field === 'env_file' && typeof value === 'string' ? [value] : value
}

const MAX_VALUE = 100

/** Says in words what a field was and is: `args: ["a"] → ["b"]`; of an environment only the names that differ. */
export function changeInWords(field: DefinitionField, before: ProcessDefinition, after: ProcessDefinition): string {
  if (field === 'env') {
    const how = (name: string) => !(name in before.env) ? 'added' : name in after.env ? 'changed' : 'removed'
    return `env: ${changedNames(before.env, after.env).map(name => `${name} ${how(name)}`).join(', ')}`
  }
  return `${field}: ${valueInWords(before[field])} → ${valueInWords(after[field])}`
}

type Environment = Readonly<Record<string, string>>

/** The names of the variables in which two environments differ. */
export function changedNames(before: Environment, after: Environment): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(name => before[name] !== after[name])
}

function valueInWords(value: unknown): string {
  if (value === undefined) return 'none'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE - 1)}…` : text
}
