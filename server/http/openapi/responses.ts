import { catalogue, type ErrorCode } from '#shared/errors'
import { ERROR_CODES } from '#shared/schemas/error'
import type { RouteAnswer, RouteDescription } from '../route-description'
import { toSchema, type JsonSchema } from './schemas'

interface Reference { $ref: string }
interface Media { schema: JsonSchema, example?: string, examples?: Record<string, Reference> }
export interface Response { description: string, content?: Record<string, Media> }

/** What every route may be refused with: by its input, by the guard, by a host that fails or ends. */
export const EVERYWHERE: readonly ErrorCode[] = [
  'VALIDATION_FAILED', 'UNAUTHORIZED', 'FORBIDDEN_ORIGIN', 'FORBIDDEN_HOST', 'FORBIDDEN_USER', 'INTERNAL', 'SHUTTING_DOWN',
]
/** What a route with a body may be refused with. */
export const WITH_BODY: readonly ErrorCode[] = ['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE']
/** What a route that changes something may be refused with. */
export const WITH_CHANGE: readonly ErrorCode[] = ['STORAGE_FAILED']

const WORDS: Record<RouteAnswer['status'], string> = {
  101: 'The socket is open.', 200: 'Done.', 201: 'Made.', 204: 'Done; there is nothing to say.',
}

/** Gives the codes a route may answer, in the order of the catalogue. */
export function codesOf({ operation }: RouteDescription, { isOpen, hasBody }: { isOpen: boolean, hasBody: boolean }): ErrorCode[] {
  const possible = new Set([
    ...EVERYWHERE.filter(code => code !== 'UNAUTHORIZED' || !isOpen),
    ...(hasBody ? WITH_BODY : []),
    ...(operation.effect === 'read' ? [] : WITH_CHANGE),
    ...(operation.errors ?? []),
  ])
  return ERROR_CODES.filter(code => possible.has(code))
}

/** Gives the answers of a route by status: that of a success, and references to those of `codes`. */
export function toResponses(answer: RouteAnswer, codes: readonly ErrorCode[]): Record<string, Response | Reference> {
  const refused = byStatus(codes).map(([status, group]) => [status, { $ref: `#/components/responses/${nameOf(group)}` }])
  return Object.fromEntries([[answer.status, toSuccess(answer)], ...refused])
}

/** Gives the answers that `toResponses` refers to, for all of these lists of codes. */
export function toErrorResponses(lists: readonly (readonly ErrorCode[])[]): Record<string, Response> {
  const groups = lists.flatMap(codes => byStatus(codes).map(([, group]) => group))
  return Object.fromEntries(groups.map(group => [nameOf(group), toRefusal(group)]))
}

function toSuccess({ status, type, schema, example }: RouteAnswer): Response {
  const description = WORDS[status]
  if (!type) return { description, ...(schema && { content: { 'application/json': { schema: toSchema(schema, 'output') } } }) }
  const inside = schema && { description: 'The data of each message, as JSON.', contentMediaType: 'application/json', contentSchema: toSchema(schema, 'output') }
  return { description, content: { [type]: { schema: { type: 'string', ...inside }, ...(example !== undefined && { example }) } } }
}

function toRefusal(codes: readonly ErrorCode[]): Response {
  const examples = Object.fromEntries(codes.map(code => [code, { $ref: `#/components/examples/${code}` }]))
  return { description: codes.join(', '), content: { 'application/json': { schema: { $ref: '#/components/schemas/ErrorAnswer' }, examples } } }
}

function byStatus(codes: readonly ErrorCode[]): [status: string, codes: ErrorCode[]][] {
  const groups = new Map<string, ErrorCode[]>()
  for (const code of codes) {
    const status = String(catalogue[code].status)
    groups.set(status, [...groups.get(status) ?? [], code])
  }
  return [...groups]
}

function nameOf(codes: readonly ErrorCode[]): string {
  return codes.join('.')
}
