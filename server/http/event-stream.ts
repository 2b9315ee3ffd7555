import { once } from 'node:events'
import type { H3Event } from 'h3'
import { streamsEnd } from './host'

const HEARTBEAT_MS = 15_000

/** One message of a stream of Server-Sent Events; without `data` it only moves the id a reader resumes from. */
export interface StreamMessage { id?: string, event?: string, data?: unknown }

export interface EventStream {
  /** Writes messages, all in one piece; resolves when the reader has room for the next. */
  send: (...messages: StreamMessage[]) => Promise<void>
  /** Aborted when the reader has gone or the host ends its streams. */
  signal: AbortSignal
  end: () => void
}

/** Opens a stream of Server-Sent Events that waits for slow readers and says something every 15 s. */
export function openEventStream({ node: { req, res } }: H3Event): EventStream {
  const gone = new AbortController()
  const signal = AbortSignal.any([gone.signal, streamsEnd])
  res.once('close', () => gone.abort())
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
  res.flushHeaders()
  if (req.method === 'HEAD' || res.destroyed) gone.abort()
  const heartbeat = setInterval(() => {
    if (!res.writableNeedDrain) res.write(': still here\n\n')
  }, HEARTBEAT_MS)
  signal.addEventListener('abort', () => clearInterval(heartbeat), { once: true })
  if (signal.aborted) clearInterval(heartbeat)
  return {
    signal,
    end: () => {
      gone.abort()
      res.end()
    },
    async send(...messages) {
      if (signal.aborted || res.write(messages.map(toText).join(''))) return
      await once(res, 'drain', { signal }).catch(ignoreAbort)
    },
  }
}

/** The message on the wire. JSON has no bare line break, so one `data:` line holds it. */
export function toText({ id, event, data }: StreamMessage): string {
  const lines = [
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...(data === undefined ? [] : [`data: ${JSON.stringify(data)}`]),
  ]
  return `${lines.join('\n')}\n\n`
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error
}
