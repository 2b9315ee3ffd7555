import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createGuard } from '../../../../server/http/guard'
import { failure } from '#shared/errors'
import type { PeerUser } from '../../../../server/http/peer-user'

interface Request {
  method?: string
  url?: string
  headers?: Record<string, string>
  user?: PeerUser
  localAddress?: string
  isTokenMissing?: boolean
}

function verdict({ method = 'GET', url = '/api/health', headers = {}, user = 1000, localAddress, isTokenMissing }: Request): string {
  const socket = Object.defineProperty(new Socket(), 'localAddress', { value: localAddress })
  const req = Object.assign(new IncomingMessage(socket), { method, url, headers: { host: '127.0.0.1:12700', ...headers } })
  const access = isTokenMissing === undefined ? undefined : { refusal: () => isTokenMissing ? failure('UNAUTHORIZED', { given: 'nothing' }) : undefined }
  const guard = createGuard({ isAddedName: name => name === 'box.local', access, userOf: () => user, ownUid: 1000 })
  return guard(req)?.code ?? 'passes'
}

const json = { 'content-type': 'application/json', 'content-length': '2' }
const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

describe('the guard', () => {
  it.each<[string, Request, string]>([
    ['curl', {}, 'passes'],
    ['localhost on any port', { headers: { host: 'LocalHost:9' } }, 'passes'],
    ['::1', { headers: { host: '[::1]:12700' } }, 'passes'],
    ['an added name', { headers: { host: 'box.local:80' } }, 'passes'],
    ['a rebound name', { headers: { host: 'evil.example' } }, 'FORBIDDEN_HOST'],
    ['a name that begins like ours', { headers: { host: '127.0.0.1.evil.example' } }, 'FORBIDDEN_HOST'],
    ['a name with a user part', { headers: { host: '127.0.0.1@evil.example' } }, 'FORBIDDEN_HOST'],
    ['no host', { headers: { host: '' } }, 'FORBIDDEN_HOST'],
    ['another loopback address', { headers: { host: '127.0.0.2' } }, 'FORBIDDEN_HOST'],
    ['the address the connection came to', { localAddress: '192.168.1.5', headers: { host: '192.168.1.5:12700' } }, 'passes'],
    ['the same on a socket of IPv6', { localAddress: '::ffff:192.168.1.5', headers: { host: '192.168.1.5' } }, 'passes'],
    ['an address of IPv6 it came to', { localAddress: 'fd00::5', headers: { host: '[FD00::5]:12700' } }, 'passes'],
    ['another address of the network', { localAddress: '192.168.1.5', headers: { host: '192.168.1.6' } }, 'FORBIDDEN_HOST'],
    ['its forwarded name', { headers: { 'host': 'evil.example', 'x-forwarded-host': 'localhost' } }, 'FORBIDDEN_HOST'],
    ['the own page', { headers: { 'origin': 'http://127.0.0.1:12700', 'sec-fetch-site': 'same-origin' } }, 'passes'],
    ['the own page behind TLS', { headers: { origin: 'https://127.0.0.1:12700' } }, 'passes'],
    ['a foreign page', { headers: { origin: 'https://evil.example' } }, 'FORBIDDEN_ORIGIN'],
    ['the app under development', { headers: { origin: 'http://127.0.0.1:3000' } }, 'FORBIDDEN_ORIGIN'],
    ['the same port under another local name', { headers: { origin: 'http://localhost:12700' } }, 'FORBIDDEN_ORIGIN'],
    ['a sandboxed page', { headers: { origin: 'null' } }, 'FORBIDDEN_ORIGIN'],
    ['an image of a foreign page', { headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' } }, 'FORBIDDEN_ORIGIN'],
    ['a request of another local port', { headers: { 'sec-fetch-site': 'same-site' } }, 'FORBIDDEN_ORIGIN'],
    ['the address bar', { url: '/', headers: { 'sec-fetch-site': 'none' } }, 'passes'],
    ['a link to the page', { url: '/processes/web', headers: link }, 'passes'],
    ['a link to the API', { headers: link }, 'FORBIDDEN_ORIGIN'],
    ['a link to /mcp', { url: '/mcp?x', headers: link }, 'FORBIDDEN_ORIGIN'],
    ['a frame around the page', { url: '/', headers: { ...link, 'sec-fetch-dest': 'iframe' } }, 'FORBIDDEN_ORIGIN'],
    ['a form sent to the page', { url: '/', method: 'POST', headers: link }, 'FORBIDDEN_ORIGIN'],
    ['root', { user: 0 }, 'passes'],
    ['a system without the table', { user: 'unchecked' }, 'passes'],
    ['another user', { user: 1001 }, 'FORBIDDEN_USER'],
    ['a peer that has gone', { user: 'gone' }, 'FORBIDDEN_USER'],
    ['another user with the token', { user: 1001, isTokenMissing: false }, 'passes'],
    ['the own user without the token', { isTokenMissing: true }, 'UNAUTHORIZED'],
    ['a foreign page without the token', { isTokenMissing: true, headers: { origin: 'https://evil.example' } }, 'FORBIDDEN_ORIGIN'],
    ['a form without the token', { isTokenMissing: true, method: 'POST', headers: { ...json, 'content-type': 'text/plain' } }, 'UNAUTHORIZED'],
    ['JSON', { method: 'POST', headers: json }, 'passes'],
    ['JSON with parameters', { method: 'POST', headers: { ...json, 'content-type': 'Application/JSON; charset=utf-8' } }, 'passes'],
    ['no body and no type', { method: 'POST' }, 'passes'],
    ['an empty body', { method: 'POST', headers: { 'content-length': '0' } }, 'passes'],
    ['a form', { method: 'POST', headers: { ...json, 'content-type': 'application/x-www-form-urlencoded' } }, 'UNSUPPORTED_MEDIA_TYPE'],
    ['plain text', { method: 'PUT', headers: { ...json, 'content-type': 'text/plain' } }, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a body without a type', { method: 'PATCH', headers: { 'content-length': '2' } }, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a chunked body without a type', { method: 'POST', headers: { 'transfer-encoding': 'chunked' } }, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a type that begins like JSON', { method: 'POST', headers: { ...json, 'content-type': 'application/json-seq' } }, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a body of 1 MiB', { method: 'POST', headers: { ...json, 'content-length': '1048576' } }, 'passes'],
    ['a larger body', { method: 'POST', headers: { ...json, 'content-length': '1048577' } }, 'PAYLOAD_TOO_LARGE'],
    ['a URL in the request line', { url: 'http://evil.example/api/health' }, 'NOT_FOUND'],
  ])('%s: %o is %s', (_, request, expected) => {
    expect(verdict(request)).toBe(expected)
  })

  it('looks at the host before everything else', () => {
    expect(verdict({ method: 'POST', user: 'gone', headers: { host: 'evil.example', origin: 'null', ...json } })).toBe('FORBIDDEN_HOST')
  })
})
