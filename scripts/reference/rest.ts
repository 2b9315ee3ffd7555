import type { OpenApiDocument } from '../../server/http/openapi/document'
import type { OperationObject } from '../../server/http/openapi/operation'
import { EVERYWHERE, WITH_BODY, WITH_CHANGE } from '../../server/http/openapi/responses'
import { code, linkTo, paragraphs, table } from './markdown.ts'
import { type Field, fieldsOf, toCells, toType } from './types.ts'

interface Route { heading: string, operation: OperationObject }

const codes = (names: readonly string[]) => names.map(name => linkTo(name, code(name))).join(', ')
const GENERAL: readonly string[] = [...EVERYWHERE, ...WITH_BODY, ...WITH_CHANGE]

/** Tells of all routes: a list, then each with its fields, its answer and what it is refused with. */
export function toRest({ paths }: OpenApiDocument): string {
  const routes = Object.entries(paths).flatMap(([path, item]) => Object.entries(item).map(([verb, operation]) => {
    return { heading: `${verb.toUpperCase()} ${path}`, operation }
  }))
  return paragraphs(
    '## REST',
    `The same as OpenAPI 3.1: ${code('GET /api/openapi.json')}. Besides what is named with a route, each may be refused with ${codes(EVERYWHERE)}, one with a body with ${codes(WITH_BODY)}, one that changes something with ${codes(WITH_CHANGE)}.`,
    table(['route', 'what', 'answer'], routes.map(({ heading, operation }) => [linkTo(heading, code(heading)), operation.summary, toAnswer(operation)])),
    ...routes.map(toRoute),
  )
}

function toRoute({ heading, operation }: Route): string {
  const rows = [...fieldsFrom(operation)]
  const refusals = Object.values(operation.responses).flatMap(response => '$ref' in response ? (response.$ref.split('/').at(-1) ?? '').split('.') : [])
  const own = refusals.filter(name => !GENERAL.includes(name))
  return paragraphs(
    `### ${heading}`,
    operation.description,
    rows.length > 0 && table(['field', 'in', 'type', 'meaning'], rows),
    [`Answers ${toAnswer(operation)}.`, own.length > 0 && `Refused with ${codes(own)}.`].filter(Boolean).join(' '),
  )
}

function fieldsFrom({ parameters = [], requestBody }: OperationObject): string[][] {
  const named = parameters.map(({ in: place, name, required, description, schema }) => {
    return toRow(place, { name, isRequired: required, schema: { ...schema, ...(description !== undefined && { description }) } })
  })
  const body = requestBody?.content['application/json'].schema
  if (!body) return named
  if (body.$ref) return [...named, ['', 'body', toType(body), '']]
  return [...named, ...fieldsOf(body).map(field => toRow('body', field))]
}

function toRow(place: string, field: Field): string[] {
  const [name = '', type = '', meaning = ''] = toCells(field)
  return [name, place, type, meaning]
}

/** Status and type of a success. */
function toAnswer({ responses }: OperationObject): string {
  const [status = '', response] = Object.entries(responses).find(([each]) => Number(each) < 300) ?? []
  if (!response || '$ref' in response || !response.content) return status
  const inside = Object.entries(response.content).map(([type, { schema }]) => {
    if (type === 'application/json') return toType(schema)
    return typeof schema.contentSchema === 'object' ? `${code(type)} of ${toType(schema.contentSchema)}` : code(type)
  })
  return `${status}, ${inside.join(' or ')}`
}
