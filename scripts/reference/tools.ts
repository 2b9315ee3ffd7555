import type { Tool } from '@modelcontextprotocol/sdk/types.js'
import { code, linkTo, paragraphs, table } from './markdown.ts'
import { type Schema, toCells, toType } from './types.ts'

/** Tells of all tools: a list, then each with its arguments. */
export function toTools(tools: readonly Tool[]): string {
  return paragraphs(
    '## Tools',
    `Arguments are flat and checked: an unknown one is refused by name. What changes something is refused with ${linkTo('NOT_PERMITTED', code('NOT_PERMITTED'))} where agents may only look. The whole list takes ${JSON.stringify({ tools }).length.toLocaleString('en')} characters of an agent's context.`,
    table(['tool', 'title', 'effect'], tools.map(({ name, title = '', annotations }) => [linkTo(name, code(name)), title, effectOf(annotations)])),
    ...tools.map(toTool),
  )
}

function toTool({ name, description, inputSchema }: Tool): string {
  const { properties = {}, required = [] } = inputSchema
  const rows = Object.entries(properties).map(([argument, schema]) => {
    const isRequired = required.includes(argument)
    return toCells({ name: argument, isRequired, schema: withInside(Object.fromEntries(Object.entries(schema))) })
  })
  return paragraphs(`### ${name}`, description, rows.length > 0 && table(['argument', 'type', 'meaning'], rows))
}

/** What is inside of an argument is told in its own row. */
function withInside(schema: Schema): Schema {
  const fields = Object.entries(schema.properties ?? {})
  const inside = fields.flatMap(([name, field]) => typeof field === 'boolean' ? [] : [`${code(name)} (${toType(field)})`])
  if (inside.length === 0) return schema
  return { ...schema, description: [schema.description, `Fields: ${inside.join(', ')}.`].filter(Boolean).join(' ') }
}

function effectOf({ readOnlyHint, destructiveHint, idempotentHint, openWorldHint }: Tool['annotations'] = {}): string {
  const words = [readOnlyHint ? 'reads' : destructiveHint ? 'changes, may destroy' : 'changes']
  if (idempotentHint && !readOnlyHint) words.push('twice is as once')
  if (openWorldHint) words.push('asks the network')
  return words.join('; ')
}
