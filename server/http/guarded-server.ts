import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { failure, type VantageError } from '../../shared/errors'
import { sendError, toPlainAnswer } from './errors'
import { setSecurityHeaders } from './security-headers'

export type RequestListener = (req: IncomingMessage, res: ServerResponse) => unknown
export type UpgradeListener = (req: IncomingMessage, socket: Duplex, head: Buffer) => unknown
type Guard = (req: IncomingMessage) => VantageError | undefined

/** Puts the guard before what answers requests; only reading is possible where the page lives. */
export function guardRequests(guard: Guard, answer: RequestListener, policy?: string): RequestListener {
  return (req, res) => {
    setSecurityHeaders(res, policy)
    const refused = guard(req) ?? wrongMethodForPage(req, res)
    return refused ? sendError(res, refused) : answer(req, res)
  }
}

/** Puts the guard before what upgrades connections: a refused one gets a plain HTTP answer. */
export function guardUpgrades(guard: Guard, upgrade: UpgradeListener): UpgradeListener {
  return (req, socket, head) => {
    socket.on('error', () => socket.destroy()) // Node has let go of it, and nobody else listens yet
    const refused = guard(req)
    return refused ? refuseUpgrade(socket, refused) : upgrade(req, socket, head)
  }
}

/** Answers an upgrade with an error and ends the connection. */
export function refuseUpgrade(socket: Duplex, error: VantageError): void {
  socket.on('error', () => socket.destroy())
  socket.end(toPlainAnswer(error), () => socket.destroy())
}

/** Wraps all listeners a server has: for `nuxi dev`, whose server is not ours. */
export function guardServer(server: Server, guard: Guard): void {
  const requests = server.listeners('request')
  server.removeAllListeners('request')
  const answer: RequestListener = (req, res) => requests.forEach(listener => listener.call(server, req, res))
  server.on('request', guardRequests(guard, answer, `frame-ancestors 'none'`)) // its tools inject styles and scripts
  // Upgrade listeners come and go with each reload, so the event itself is guarded.
  const emit: (event: string, ...args: unknown[]) => boolean = server.emit.bind(server)
  server.emit = (event: string, ...args: unknown[]) => {
    const [req, socket] = args
    const refused = event === 'upgrade' && isRequest(req) ? guard(req) : undefined
    if (refused === undefined || !isDuplex(socket)) return emit(event, ...args)
    refuseUpgrade(socket, refused)
    return true
  }
}

function wrongMethodForPage({ method = 'GET', url = '/' }: IncomingMessage, res: ServerResponse): VantageError | undefined {
  if (/^\/(?:api|mcp)(?:[/?]|$)/.test(url) || method === 'GET' || method === 'HEAD') return undefined
  const allowed = ['GET', 'HEAD']
  res.setHeader('Allow', allowed.join(', '))
  return failure('METHOD_NOT_ALLOWED', { method, path: url.split('?')[0] ?? url, allowed })
}

function isRequest(value: unknown): value is IncomingMessage {
  return typeof value === 'object' && value !== null && 'headers' in value && 'socket' in value
}

function isDuplex(value: unknown): value is Duplex {
  return typeof value === 'object' && value !== null && 'end' in value && 'destroy' in value
}
