import type { H3Event } from 'h3'
import { z } from 'zod'
import { failure, type FieldProblem } from '#shared/errors'
import { readBody } from './read-body'

export type Fields = Record<string, unknown>

const BODY_METHODS = new Set(['POST', 'PUT', 'PATCH'])

/**
 * Gathers the input of a request: path, and body or (where there is no body) query, as `schema` names the fields.
 * Query values become numbers and booleans where the schema has such a field; what does not fit is left for the schema to refuse.
 */
export async function readFields(event: H3Event, schema: z.ZodType): Promise<Fields> {
  const path = pathFields(event)
  const query = queryFields(event)
  if (!BODY_METHODS.has(event.method)) return { ...toTyped(query, schema), ...path }
  const unknown = Object.keys(query).map(field => ({ field, reason: 'is not a known query parameter here' }))
  refuse(unknown)
  const body = await readBody(event.node.req) ?? {}
  refuse(Object.entries(path)
    .filter(([field, value]) => Object.hasOwn(body, field) && body[field] !== value)
    .map(([field, value]) => ({ field, reason: `must be "${value}", as in the path` })))
  return { ...body, ...path }
}

function pathFields(event: H3Event): Record<string, string> {
  const params: Record<string, string> = event.context.params ?? {}
  return Object.fromEntries(Object.entries(params).map(([field, value]) => [field, decode(field, value)]))
}

function decode(field: string, value: string): string {
  try {
    return decodeURIComponent(value)
  }
  catch (cause) {
    throw failure('VALIDATION_FAILED', { problems: [{ field, reason: 'is not valid in a URL' }] }, cause)
  }
}

function queryFields(event: H3Event): Record<string, string> {
  const { path } = event
  const at = path.indexOf('?')
  const entries = [...new URLSearchParams(at < 0 ? '' : path.slice(at + 1))]
  const names = entries.map(([field]) => field)
  refuse([...new Set(names.filter((field, index) => names.indexOf(field) !== index))]
    .map(field => ({ field, reason: 'is given more than once' })))
  return Object.fromEntries(entries)
}

function toTyped(query: Record<string, string>, schema: z.ZodType): Fields {
  const shape = schema instanceof z.ZodObject ? schema.shape : {}
  return Object.fromEntries(Object.entries(query).map(([field, text]) => {
    const kind = Object.hasOwn(shape, field) ? kindOf(shape[field]) : undefined
    return [field, toValue(text, kind)]
  }))
}

function toValue(text: string, kind: 'number' | 'boolean' | undefined): unknown {
  if (kind === 'number' && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text)) return Number(text)
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

/** The type of a field below `optional`, `nullable` and `default`. */
function kindOf(field: unknown): 'number' | 'boolean' | undefined {
  if (field instanceof z.ZodOptional || field instanceof z.ZodNullable || field instanceof z.ZodDefault) return kindOf(field.unwrap())
  if (field instanceof z.ZodNumber) return 'number'
  return field instanceof z.ZodBoolean ? 'boolean' : undefined
}

function refuse(problems: FieldProblem[]): void {
  if (problems.length > 0) throw failure('VALIDATION_FAILED', { problems })
}
