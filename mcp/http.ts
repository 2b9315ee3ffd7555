import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { isInitializeRequest } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { StreamHistory } from './event-store'

const MAX_BODY_BYTES = 1024 * 1024
const MAX_SESSIONS = 256
const IDLE_MS = 10 * 60_000
const REAP_EVERY_MS = 60_000

interface Session { transport: StreamableHTTPServerTransport, open: number, lastSeen: number }

/** How a session begins: what `lifetime: session` is bound to, by default its own id, and the server that serves it. */
export interface Opening {
  session?: string | undefined
  createServer: (session: string) => Server
}

/** Is told of the sessions that begin and end. */
export interface SessionListener { opened: (session: string) => void, ended: (session: string) => void }

const Cancelled = z.object({
  method: z.literal('notifications/cancelled'),
  params: z.object({ requestId: z.union([z.string(), z.number()]) }),
})

export interface McpEndpoint {
  /** Answers one HTTP request; `opening` is for a session that begins with it. */
  handle: (req: IncomingMessage, res: ServerResponse, opening: Opening) => Promise<void>
  /** Ends the sessions that nobody has used for ten minutes; it does so by itself every minute. */
  reap: () => void
  /** Ends all sessions and their streams; later requests find no session. */
  close: () => Promise<void>
}

/** Makes the Streamable HTTP endpoint: one server per MCP session, sessions that nobody uses end after ten minutes. */
export function createMcpEndpoint({ now = Date.now, listener }: { now?: () => number, listener?: SessionListener } = {}): McpEndpoint {
  const sessions = new Map<string, Session>()
  let isClosed = false

  // Clients do not always send DELETE: Claude Code just drops its connections.
  function reap(): void {
    for (const session of sessions.values()) {
      if (session.open === 0 && now() - session.lastSeen > IDLE_MS) void session.transport.close()
    }
  }
  const reaper = setInterval(reap, REAP_EVERY_MS)
  reaper.unref()

  async function open({ createServer, session: name }: Opening): Promise<Session> {
    const id = randomUUID()
    const bound = name ?? id
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      onsessioninitialized: () => {
        sessions.set(id, session)
        listener?.opened(bound)
      },
      eventStore: new StreamHistory(),
    })
    const session: Session = { transport, open: 0, lastSeen: now() }
    await createServer(bound).connect(transport)
    const onClose = transport.onclose
    transport.onclose = () => {
      if (sessions.delete(id)) listener?.ended(bound)
      onClose?.()
    }
    return session
  }

  async function serve(session: Session, req: IncomingMessage, res: ServerResponse, body: unknown): Promise<void> {
    session.open++
    session.lastSeen = now()
    res.once('close', () => {
      session.open--
      session.lastSeen = now()
    })
    await session.transport.handleRequest(req, res, body)
    // A cancelled request is never answered; without this its stream stays open until the session ends.
    const cancelled = Cancelled.safeParse(body)
    if (cancelled.success) session.transport.closeSSEStream(cancelled.data.params.requestId)
  }

  return {
    async handle(req, res, opening) {
      const body = req.method === 'POST' ? await readJson(req) : { value: undefined }
      if ('refusal' in body) return refuse(res, body.refusal)
      const id = req.headers['mcp-session-id']
      const known = typeof id === 'string' ? sessions.get(id) : undefined
      if (known) return serve(known, req, res, body.value)
      if (id !== undefined) return refuse(res, { status: 404, code: -32001, message: 'Session not found' })
      if (isClosed) return refuse(res, { status: 503, code: -32000, message: 'The host is shutting down' })
      if (!isInitializeRequest(body.value)) return refuse(res, { status: 400, code: -32000, message: 'No session: send initialize first' })
      if (sessions.size >= MAX_SESSIONS) return refuse(res, { status: 503, code: -32000, message: 'Too many sessions' })
      return serve(await open(opening), req, res, body.value)
    },
    reap,
    async close() {
      isClosed = true
      clearInterval(reaper)
      await Promise.all([...sessions.values()].map(session => session.transport.close()))
    },
  }
}

interface Refusal { status: number, code: number, message: string }

/** Reads a body of at most 1 MiB. What is left of a larger one Node discards once it is answered. */
async function readJson(req: IncomingMessage): Promise<{ value: unknown } | { refusal: Refusal }> {
  const chunks: Buffer[] = []
  let bytes = 0
  const isWhole = await new Promise<boolean>((resolve) => {
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= MAX_BODY_BYTES) return void chunks.push(chunk)
      chunks.length = 0
      resolve(false)
    })
    req.once('end', () => resolve(true))
    req.once('error', () => resolve(true))
  })
  if (!isWhole) return { refusal: { status: 413, code: -32600, message: `The body is larger than ${MAX_BODY_BYTES} bytes` } }
  try {
    return { value: JSON.parse(Buffer.concat(chunks).toString('utf8')) }
  }
  catch {
    return { refusal: { status: 400, code: -32700, message: 'Parse error' } }
  }
}

function refuse(res: ServerResponse, { status, code, message }: Refusal): void {
  res.writeHead(status, { 'content-type': 'application/json', ...(status === 413 && { connection: 'close' }) })
  res.end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code, message } }))
}
