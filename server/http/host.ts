import type { IncomingMessage, ServerResponse } from 'node:http'
import { CLIENT_HEADER, PATH_HEADER, PROJECT_HEADER, SESSION_HEADER, type Actor, type Caller } from '#shared/caller'
import { failure } from '#shared/errors'
import type { CallContext } from '../operations/define'

type Vantage = CallContext['vantage']

/** What the HTTP side says to the log of the host. */
export interface HostLog {
  error: (tag: string, message: string, fields?: Record<string, unknown>) => void
  warn: (tag: string, message: string, fields?: Record<string, unknown>) => void
}

type Life = { phase: 'opening' } | { phase: 'open', vantage: Vantage } | { phase: 'closing' }

let life: Life = { phase: 'opening' }
let log: HostLog | undefined
const waiting = new Set<() => void>()
const closing = new AbortController()

/** Hands over the opened engine: requests that came before it go on now. */
export function setVantage(vantage: Vantage): void {
  if (life.phase === 'opening') move({ phase: 'open', vantage })
}

/** Refuses every request from now on, and ends the open streams with `endStreams`. */
export function setClosing(): void {
  move({ phase: 'closing' })
}

/** Ends all open streams: event streams, log streams and sockets. */
export function endStreams(): void {
  closing.abort()
}

/** Aborted when the host ends its streams. */
export const streamsEnd: AbortSignal = closing.signal

export function setHostLog(hostLog: HostLog): void {
  log = hostLog
}

export function hostLog(): HostLog | undefined {
  return log
}

/**
 * Gives the engine once it is open: definitions loaded, running processes adopted.
 * Throws `SHUTTING_DOWN` from the moment the host began to close.
 */
export async function whenOpen(): Promise<Vantage> {
  while (life.phase === 'opening') await new Promise<void>(resolve => waiting.add(resolve))
  if (life.phase === 'closing') throw failure('SHUTTING_DOWN', {})
  return life.vantage
}

/** Gives what a handler may use for one request; waits as `whenOpen` does and throws what it throws. */
export async function toContext({ req, res }: { req: IncomingMessage, res: ServerResponse }): Promise<CallContext> {
  return { vantage: await whenOpen(), actor: toActor(req), caller: toCaller(req), signal: toSignal(res) }
}

function move(next: Life): void {
  life = next
  for (const resume of waiting) resume()
  waiting.clear()
}

function toActor(req: IncomingMessage): Actor {
  const name = header(req, CLIENT_HEADER)
  if (name === 'dashboard' || name === 'cli') return { kind: name, name }
  return { kind: 'api', name: 'api' }
}

function toCaller(req: IncomingMessage): Caller {
  const project = decoded(req, PROJECT_HEADER)
  const path = decoded(req, PATH_HEADER)
  const session = decoded(req, SESSION_HEADER)
  return { ...(project && { project }), ...(path && { path }), ...(session && { session }) }
}

function toSignal(res: ServerResponse): AbortSignal {
  const gone = new AbortController()
  if (res.destroyed) gone.abort()
  else res.once('close', () => gone.abort())
  return gone.signal
}

function header(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name]
  return typeof value === 'string' ? value : undefined
}

function decoded(req: IncomingMessage, name: string): string | undefined {
  const value = header(req, name)
  if (value === undefined) return undefined
  try {
    return decodeURIComponent(value)
  }
  catch (cause) {
    throw failure('VALIDATION_FAILED', { problems: [{ field: name, reason: 'must be URI-encoded' }] }, cause)
  }
}
