import { STATUS_CODES, type ServerResponse } from 'node:http'
import type { VantageError } from '../../shared/errors'

/** Writes an error of the catalogue as the answer. The body of the request is left to Node, which reads it off. */
export function sendError(res: ServerResponse, error: VantageError): void {
  if (res.headersSent) {
    res.destroy()
    return
  }
  const text = JSON.stringify({ error: error.toBody() })
  res.statusCode = error.status
  res.statusMessage = STATUS_CODES[error.status] ?? ''
  res.setHeader('Content-Type', 'application/json')
  res.setHeader('Content-Length', Buffer.byteLength(text))
  res.setHeader('Cache-Control', 'no-store')
  if (error.status === 401) res.setHeader('WWW-Authenticate', 'Bearer')
  res.end(text)
}

/** The same as a plain answer on a bare socket, for an upgrade that is refused. */
export function toPlainAnswer(error: VantageError): string {
  const text = JSON.stringify({ error: error.toBody() })
  return [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'X-Content-Type-Options: nosniff',
    ...(error.status === 401 ? ['WWW-Authenticate: Bearer'] : []),
    'Connection: close',
    '',
    text,
  ].join('\r\n')
}
