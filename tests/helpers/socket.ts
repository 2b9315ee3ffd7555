import { once } from 'node:events'
import { waitFor } from './wait-for'

export interface Message { topic?: string, type: string, data?: unknown, cursor?: string, lines?: number, error?: unknown }

export interface TestSocket extends Disposable {
  readonly messages: Message[]
  /** The code the connection was closed with. */
  readonly closed: Promise<number>
  send: (request: unknown) => void
  sendText: (text: string) => void
  find: (what: string, wanted: (message: Message) => boolean) => Promise<Message>
}

/** Connects to `/api/ws` of a host. */
export async function openSocket(url: string): Promise<TestSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/ws`)
  const messages: Message[] = []
  socket.addEventListener('message', ({ data }) => messages.push(JSON.parse(String(data))))
  const closed = new Promise<number>(resolve => socket.addEventListener('close', ({ code }) => resolve(code)))
  await once(socket, 'open')
  return {
    messages,
    closed,
    send: request => socket.send(JSON.stringify(request)),
    sendText: text => socket.send(text),
    find: (what, wanted) => waitFor(what, () => messages.find(wanted)),
    [Symbol.dispose]: () => socket.close(),
  }
}
