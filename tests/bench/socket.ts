import { once } from 'node:events'

export interface Message { topic?: string, type: string, data?: unknown }

export interface BenchSocket extends Disposable {
  subscribe: (topic: string) => void
  /** The next message that is wanted. */
  next: (isWanted: (message: Message) => boolean) => Promise<Message>
  onMessage: (listener: (message: Message) => void) => void
}

/** Connects to `/api/ws` of a host. */
export async function openBenchSocket(url: string): Promise<BenchSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/ws`)
  const listeners = new Set<(message: Message) => void>()
  socket.addEventListener('message', ({ data }) => {
    if (listeners.size === 0) return
    const message: Message = JSON.parse(String(data))
    for (const listener of listeners) listener(message)
  })
  await once(socket, 'open')
  return {
    subscribe: topic => socket.send(JSON.stringify({ op: 'subscribe', topic })),
    next: isWanted => new Promise((resolve) => {
      const listener = (message: Message) => {
        if (!isWanted(message)) return
        listeners.delete(listener)
        resolve(message)
      }
      listeners.add(listener)
    }),
    onMessage: listener => void listeners.add(listener),
    [Symbol.dispose]: () => socket.close(),
  }
}
