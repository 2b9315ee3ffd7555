import { z } from 'zod'

type Schema = z.core.JSONSchema.BaseSchema

/** A long list of names that everybody knows, such as that of the signals, is told by the error too. */
const MAX_CHOICES = 6

/** Bounds and patterns cost a model more than they tell it: who passes one gets an error that names field and rule. */
const LEFT_OUT = new Set<string>([
  '$schema', 'minLength', 'maxLength', 'minItems', 'maxItems', 'minimum', 'maximum', 'exclusiveMinimum', 'pattern', 'format',
  'propertyNames',
])

/** What only people may set is not offered to agents; one that sends it is told so. */
const FOR_PEOPLE = new Set(['agents'])

export interface ToolSchemaOptions {
  /** Names and types only, of an object the names of its fields, no choices: for a tool beside one that has them in full. */
  isBrief?: boolean | undefined
}

/** Makes the JSON schema of a tool's arguments: flat and closed, as short as a model can do with. */
export function toToolSchema(input: z.ZodType, { isBrief = false }: ToolSchemaOptions = {}): Schema {
  const { properties = {}, ...root } = z.toJSONSchema(input, { io: 'input', reused: 'inline' })
  const offered = Object.entries(properties).filter(([name]) => !FOR_PEOPLE.has(name))
  const short = offered.map(([name, schema]) => [name, isBrief ? briefly(shorten(schema)) : shorten(schema)])
  return { ...withoutNoise(root), properties: Object.fromEntries(short), additionalProperties: false }
}

function shorten(schema: Schema | boolean): Schema | boolean {
  return typeof schema === 'boolean' ? schema : shortened(schema)
}

function shortened(schema: Schema): Schema {
  const { anyOf, properties, items, additionalProperties, ...rest } = orNull(schema)
  return {
    ...withoutNoise(rest),
    ...(anyOf && { anyOf: anyOf.map(shortened) }),
    ...(properties && { properties: Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, shorten(inner)])) }),
    ...(items !== undefined && !Array.isArray(items) && { items: shorten(items) }),
    // That a field is unknown is said when it is sent; at the root it stays, where clients look for it.
    ...(typeof additionalProperties === 'object' && { additionalProperties: shorten(additionalProperties) }),
  }
}

/** `anyOf` on one level, with null as a second type where one choice is left. */
function orNull(schema: Schema): Schema {
  const { anyOf: nested, ...rest } = schema
  if (!nested) return schema
  const anyOf = nested.flatMap(choice => choice.anyOf ?? [choice])
  const [choice, ...others] = anyOf.filter(({ type }) => type !== 'null')
  if (!choice || others.length > 0 || typeof choice.type !== 'string') return { ...rest, anyOf }
  return { ...choice, ...rest, type: [choice.type, 'null'], ...(choice.enum && { enum: [...choice.enum, null] }) }
}

function withoutNoise(schema: Schema): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([key, value]) => !LEFT_OUT.has(key) && !isNoise(key, value)))
}

function isNoise(key: string, value: unknown): boolean {
  if (key === 'enum') return Array.isArray(value) && value.length > MAX_CHOICES
  return key === 'default' && typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function briefly(schema: Schema | boolean): Schema | boolean {
  if (typeof schema === 'boolean') return schema
  const { description: _same, enum: _choices, properties, anyOf, additionalProperties: values, ...rest } = schema
  if (properties) return { type: rest.type, description: Object.keys(properties).join(', ') }
  return {
    ...rest,
    ...(anyOf && { type: anyOf.flatMap(({ type = [] }) => type) }),
    ...(typeof values === 'object' && values.type !== undefined && !values.enum && { additionalProperties: values }),
  }
}
