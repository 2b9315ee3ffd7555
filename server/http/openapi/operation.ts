import type { ErrorCode } from '#shared/errors'
import { isPublic } from '../public-path'
import type { DescribedRoute } from '../route-description'
import { codesOf, toResponses } from './responses'
import { named, toFields, toSchema, type JsonSchema } from './schemas'

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  description?: string
  style?: 'form'
  explode?: false
  schema: JsonSchema
}

/** One verb of one path in an OpenAPI document. */
export interface OperationObject {
  operationId: string
  summary: string
  description: string
  tags: string[]
  security?: Record<string, string[]>[]
  parameters?: Parameter[]
  requestBody?: { required: boolean, content: { 'application/json': { schema: JsonSchema } } }
  responses: ReturnType<typeof toResponses>
}

const WITH_BODY = ['post', 'put', 'patch']

/** Gives a route as an operation of the document. */
export function toOperation(route: DescribedRoute, tag: string): OperationObject {
  const { path, description: { operation: { name, description }, answer } } = route
  const parameters = toParameters(route)
  const requestBody = toRequestBody(route)
  return {
    operationId: name,
    summary: toWords(name),
    description,
    tags: [tag],
    ...(isPublic(path) && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody && { requestBody }),
    responses: toResponses(answer, errorsOf(route)),
  }
}

/** Gives the codes of everything a route may be refused with. */
export function errorsOf({ method, path, description }: DescribedRoute): ErrorCode[] {
  return codesOf(description, { isOpen: isPublic(path), hasBody: WITH_BODY.includes(method) })
}

/** Gives the path in the words of OpenAPI: `/api/processes/{id}`. */
export function toTemplate(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}')
}

function toParameters({ method, path, description: { operation, headers = {} } }: DescribedRoute): Parameter[] {
  const { properties, required } = toFields(operation.input)
  const inPath = namesIn(path)
  const rest = WITH_BODY.includes(method) ? [] : Object.keys(properties).filter(name => !inPath.includes(name))
  return [
    ...inPath.map(name => toParameter({ name, in: 'path', required: true }, properties[name])),
    ...rest.map(name => toParameter({ name, in: 'query', required: required.includes(name) && !hasDefault(properties[name]) }, properties[name])),
    ...Object.entries(headers).map(([name, description]) => ({ name, in: 'header' as const, required: false, description, schema: { type: 'string' as const } })),
  ]
}

function toParameter(place: Pick<Parameter, 'name' | 'in' | 'required'>, { description, ...schema }: JsonSchema = { type: 'string' }): Parameter {
  return { ...place, ...(description !== undefined && { description }), ...(schema.type === 'array' && { style: 'form', explode: false }), schema }
}

/** A definition that is replaced may be sent as it was answered, with its id; else what is in the path is left out of the body. */
function toRequestBody({ method, path, description: { operation: { input } } }: DescribedRoute): OperationObject['requestBody'] {
  if (!WITH_BODY.includes(method)) return undefined
  const inPath = namesIn(path)
  const fields = toFields(input)
  const required = fields.required.filter(name => !inPath.includes(name))
  const content = (schema: JsonSchema) => ({ required: required.length > 0, content: { 'application/json': { schema } } })
  if (inPath.length === 0) return content(toSchema(input, 'input'))
  const properties = Object.fromEntries(Object.entries(fields.properties).filter(([name]) => method === 'put' || !inPath.includes(name)))
  if (Object.keys(properties).length === 0) return undefined
  return content(named({ type: 'object', properties, ...(required.length > 0 && { required }), additionalProperties: false }))
}

function hasDefault(field: JsonSchema | undefined): boolean {
  return field?.default !== undefined
}

function namesIn(path: string): string[] {
  return Array.from(path.matchAll(/:(\w+)/g), ([, name = '']) => name)
}

function toWords(name: string): string {
  const words = name.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
