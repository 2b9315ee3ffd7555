import { EVENT_DATA, EVENT_MEANINGS } from '../../shared/schemas/events'
import type { OpenApiDocument } from '../../server/http/openapi/document'
import { toSchema } from '../../server/http/openapi/schemas'
import { code, paragraphs, table } from './markdown.ts'
import { fieldsOf, type Schema, toCells, toType } from './types.ts'

/** Tells of events and of the messages of the socket. */
export function toEvents({ components: { schemas: { SocketMessage, SocketRequest } } }: OpenApiDocument): string {
  const meanings = new Map(Object.entries(EVENT_MEANINGS))
  const events = Object.entries(EVENT_DATA).map(([type, data]) => [code(type), toData(toSchema(data, 'output')), meanings.get(type) ?? ''])
  const others = (SocketMessage?.anyOf ?? []).filter(message => !meanings.has(typeOf(message)))
  return paragraphs(
    '## Events',
    '### StreamedEvent',
    'On `GET /api/events` each is a message with `id`, `event` (its type) and `data` (`{ type, data, id, at }`), on the topic `events` of `/api/ws` a frame `{ topic, type, data, cursor }`.',
    table(['type', 'data', 'when'], events),
    '### SocketRequest',
    'What a client sends on `/api/ws`, as JSON in a text frame.',
    table(['field', 'type', 'meaning'], fieldsOf(SocketRequest ?? {}).map(toCells)),
    '### SocketMessage',
    'What the host sends there besides events.',
    table(['type', 'fields', 'when'], others.map(message => [code(typeOf(message)), fieldNames(message), message.description ?? ''])),
  )
}

function toData(schema: Schema): string {
  return schema.properties ? fieldNames(schema) : toType(schema)
}

function fieldNames({ properties = {}, required = [] }: Schema): string {
  const names = Object.keys(properties).filter(name => name !== 'type')
  return names.map(name => code(required.includes(name) ? name : `${name}?`)).join(' ')
}

function typeOf({ properties }: Schema): string {
  const type = properties?.type
  return typeof type === 'object' ? String(type.const) : ''
}
