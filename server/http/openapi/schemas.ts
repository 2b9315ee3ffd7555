import { z } from 'zod'
import { components } from './components'

export type JsonSchema = z.core.JSONSchema.JSONSchema
type Direction = 'input' | 'output'

const COMPONENTS = '#/components/schemas/'

/** By the name it has in the document; a schema that callers send looks different from the one that they get, so each is one of both. */
const registries = { input: registryOf(components.input), output: registryOf(components.output) }

/** Gives the JSON schema of what callers send (`input`) or get (`output`); what is a component is referred to. */
export function toSchema(schema: z.ZodType, direction: Direction): JsonSchema {
  const component = registries[direction].get(schema)
  return component ? { $ref: COMPONENTS + component.id } : convert(schema, direction)
}

/** Gives the fields of an object that callers send, whole, even where it is a component. */
export function toFields(schema: z.ZodType): { properties: Record<string, JsonSchema>, required: readonly string[] } {
  const { properties = {}, required = [] } = convert(schema, 'input')
  return { properties: Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, typeof field === 'boolean' ? {} : field])), required }
}

/** The schemas of all components by name. */
export const componentSchemas: Readonly<Record<string, JsonSchema>> = toComponents()

/** Gives the reference to the component that says the same, else the schema itself. */
export function named(schema: JsonSchema): JsonSchema {
  const text = JSON.stringify(schema)
  const name = Object.keys(components.input).find(each => JSON.stringify({ ...componentSchemas[each], examples: undefined }) === text)
  return name === undefined ? schema : { $ref: COMPONENTS + name }
}

function toComponents(): Record<string, JsonSchema> {
  const toNamed = (direction: Direction) => Object.entries(components[direction]).map(([name, { schema, example }]) => {
    return [name, { ...convert(schema, direction), ...(example !== undefined && { examples: [example] }) }] as const
  })
  return Object.fromEntries([...toNamed('input'), ...toNamed('output')].sort(([a], [b]) => a < b ? -1 : 1))
}

/** A named schema comes back as a reference to itself, its own fields beside it. */
function convert(schema: z.ZodType, direction: Direction): JsonSchema {
  const registry = registries[direction]
  const { $schema: _dialect, $defs, $ref: _self, ...json } = z.toJSONSchema(schema, {
    io: direction,
    metadata: registry,
    override: ({ zodSchema, jsonSchema }) => {
      Object.assign(jsonSchema, z.globalRegistry.get(zodSchema))
      // A time's pattern has 300 characters and says no more than its format; that a number is a safe one goes without saying.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
    },
  })
  const own = $defs?.[registry.get(schema)?.id ?? '']
  return JSON.parse(JSON.stringify(own ?? json), (key, value) => key === '$ref' ? value.replace('#/$defs/', COMPONENTS) : value)
}

function registryOf(entries: Readonly<Record<string, { schema: z.ZodType }>>) {
  const registry = z.registry<{ id: string }>()
  for (const [id, { schema }] of Object.entries(entries)) registry.add(schema, { id })
  return registry
}
