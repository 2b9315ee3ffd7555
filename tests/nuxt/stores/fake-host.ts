import { vi } from 'vitest'
import type { SocketRequest } from '#shared/schemas/events'

/** A socket whose other end is the test. */
export class TestSocket {
  static readonly OPEN = 1
  static all: TestSocket[] = []
  readyState = 0
  readonly sent: SocketRequest[] = []
  onopen?: () => void
  onmessage?: (event: { data: string }) => void
  onclose?: () => void

  constructor(readonly url: string) {
    TestSocket.all.push(this)
  }

  static get last(): TestSocket {
    const socket = TestSocket.all.at(-1)
    if (!socket) throw new Error('no socket was opened')
    return socket
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }

  accept(): void {
    this.readyState = TestSocket.OPEN
    this.onopen?.()
  }

  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) })
  }

  close(): void {
    this.readyState = 3
  }

  /** The other end goes away. */
  break(): void {
    this.close()
    this.onclose?.()
  }
}

/** Answers requests by `METHOD path`; what is not listed is 404. Gives the calls made. */
export function answerRequests(answers: Record<string, () => { status?: number, body?: unknown }>): { key: string, init: RequestInit }[] {
  const calls: { key: string, init: RequestInit }[] = []
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    const key = `${init.method} ${path}`
    calls.push({ key, init })
    const { status = 200, body } = answers[key]?.() ?? { status: 404, body: { error: { code: 'NOT_FOUND', message: path, hint: '' } } }
    return new Response(body === undefined ? null : JSON.stringify(body), { status })
  })
  return calls
}

/** The answer of `/api/health` by the host with this pid. */
export function health(pid: number): { body: object } {
  return { body: { status: 'ok', app: 'vantage', version: '0.3.0', pid, uptime_ms: 1 } }
}
