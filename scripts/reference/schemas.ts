import type { OpenApiDocument } from '../../server/http/openapi/document'
import { components } from '../../server/http/openapi/components'
import { code, linkTo, paragraphs, table } from './markdown.ts'
import { fieldsOf, type Schema, toCells } from './types.ts'

/** What has a section of its own: messages and errors. */
const ELSEWHERE = ['ErrorAnswer', 'SocketMessage', 'SocketRequest', 'StreamedEvent']

/** The name of what a schema extends. */
const bases = new Map(Object.entries(components.output).map(([name, { extends: base }]) => [name, base]))

/** Tells of what routes take and give, by name. */
export function toSchemas({ components: { schemas } }: OpenApiDocument): string {
  const named = Object.entries(schemas).filter(([name]) => !ELSEWHERE.includes(name))
  return paragraphs(
    '## Schemas',
    'What does not apply is absent, nothing is `null`; `?` marks what may be absent.',
    ...named.map(([name, schema]) => paragraphs(
      `### ${name}`,
      schema.description,
      ...toFieldTable(schema, bases.get(name), schemas),
      ...(schema.examples ?? []).map(example => `Such as ${code(JSON.stringify(example))}`),
    )),
  )
}

function toFieldTable(schema: Schema, base: string | undefined, schemas: Readonly<Record<string, Schema>>): string[] {
  const known = Object.keys(schemas[base ?? '']?.properties ?? {})
  const own = Object.entries(schema.properties ?? {}).filter(([name]) => !known.includes(name))
  const rows = table(['field', 'type', 'meaning'], fieldsOf({ ...schema, properties: Object.fromEntries(own) }).map(toCells))
  return base === undefined ? [rows] : [`The fields of ${linkTo(base)}, where defaults are filled in, and:`, rows]
}
