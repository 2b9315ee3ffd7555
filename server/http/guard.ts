import type { IncomingMessage } from 'node:http'
import { failure, type VantageError } from '../../shared/errors'
import type { Access } from './access'
import { withoutMapping } from './ip-address'
import { peerUser, type PeerUser } from './peer-user'

/** Largest body of a request. */
export const BODY_LIMIT_BYTES = 1024 * 1024

export interface GuardOptions {
  /** Tells whether a Host without its port is one that was added: what it was told to listen on, `VANTAGE_ALLOWED_HOSTS`. */
  isAddedName: (name: string) => boolean
  /** Who may call, where the host has a token; else it is the own user and root. */
  access?: Pick<Access, 'refusal'> | undefined
  /** Whose connection it is. */
  userOf?: (req: IncomingMessage) => PeerUser
  /** The user who runs the host; undefined where users have no number. */
  ownUid?: number
}

const LOCAL = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/
const READING = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Makes the check that stands before everything: gives the error a request is refused with, or undefined. Raw headers only. */
export function createGuard({
  isAddedName,
  access,
  userOf = req => peerUser(req.socket),
  ownUid = process.getuid?.(),
}: GuardOptions): (req: IncomingMessage) => VantageError | undefined {
  return req => foreignHost(req, isAddedName)
    ?? foreignOrigin(req)
    ?? (access ? access.refusal(req) : foreignUser(userOf(req), ownUid))
    ?? unreadablePath(req)
    ?? unreadableBody(req)
}

/** Against DNS rebinding: only names that lead here. */
function foreignHost(req: IncomingMessage, isAddedName: GuardOptions['isAddedName']): VantageError | undefined {
  const host = hostOf(req)
  const name = host.replace(/:\d{1,5}$/, '')
  if (LOCAL.test(host) || isAddedName(name) || isOwnAddress(name, req)) return undefined
  return failure('FORBIDDEN_HOST', { host })
}

/** The address that this connection came to is one of ours: no name of a stranger can be rebound to look like it. */
function isOwnAddress(name: string, { socket: { localAddress } }: IncomingMessage): boolean {
  const address = localAddress && withoutMapping(localAddress).toLowerCase()
  return address !== undefined && name === (address.includes(':') ? `[${address}]` : address)
}

/** Against pages of other origins; the origin carries the port, so the app under development is foreign too. */
function foreignOrigin(req: IncomingMessage): VantageError | undefined {
  const { origin, 'sec-fetch-site': site } = req.headers
  const host = hostOf(req)
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    return failure('FORBIDDEN_ORIGIN', { origin, host })
  }
  if (site === undefined || site === 'same-origin' || site === 'none' || isLinkToPage(req)) return undefined
  return failure('FORBIDDEN_ORIGIN', { origin: origin ?? 'another site', host })
}

/** A link from elsewhere may open the page: not frame it, not reach what answers with data. */
function isLinkToPage({ method, url = '', headers }: IncomingMessage): boolean {
  return method === 'GET'
    && !/^\/(?:api|mcp)(?:[/?]|$)/.test(url)
    && headers['sec-fetch-mode'] === 'navigate'
    && headers['sec-fetch-dest'] === 'document'
}

function foreignUser(user: PeerUser, ownUid: number | undefined): VantageError | undefined {
  if (user === 'unchecked' || user === 0 || user === ownUid) return undefined
  return failure('FORBIDDEN_USER', { uid: user === 'gone' ? undefined : user })
}

/** An absolute URL in the request line would name another host than the Host header. */
function unreadablePath({ url = '' }: IncomingMessage): VantageError | undefined {
  return url.startsWith('/') ? undefined : failure('NOT_FOUND', { path: url })
}

/** A body is JSON, whatever else: forms of other pages need no permission of ours to be sent. */
function unreadableBody({ method = 'GET', headers }: IncomingMessage): VantageError | undefined {
  if (READING.has(method)) return undefined
  const length = Number(headers['content-length'] ?? 0)
  if (length === 0 && headers['transfer-encoding'] === undefined) return undefined
  const type = headers['content-type'] ?? ''
  if (type.split(';')[0]?.trim().toLowerCase() !== 'application/json') return failure('UNSUPPORTED_MEDIA_TYPE', { type })
  return length > BODY_LIMIT_BYTES ? failure('PAYLOAD_TOO_LARGE', { limitBytes: BODY_LIMIT_BYTES }) : undefined
}

function hostOf(req: IncomingMessage): string {
  return (req.headers.host ?? '').toLowerCase()
}
