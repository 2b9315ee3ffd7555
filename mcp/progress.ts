import type { ServerNotification } from '@modelcontextprotocol/sdk/types.js'

/** Clients give a call up that says nothing for some minutes. */
const EVERY_MS = 10_000

export interface ProgressOptions {
  /** What the client has sent along, if it wants to be told. */
  token: string | number | undefined
  send: (notification: ServerNotification) => Promise<void>
  /** Aborted when the call was cancelled. */
  signal: AbortSignal
  everyMs?: number | undefined
}

/** Tells a client that its call is still under way, until the call is cancelled or the answer disposed of. */
export function reportProgress({ token, send, signal, everyMs = EVERY_MS }: ProgressOptions): Disposable {
  if (token === undefined) return { [Symbol.dispose]: () => {} }
  const began = performance.now()
  const end = () => clearInterval(timer)
  const timer = setInterval(() => {
    const seconds = (performance.now() - began) / 1000
    const params = { progressToken: token, progress: seconds, message: `under way for ${Math.round(seconds)} s` }
    send({ method: 'notifications/progress', params }).catch(end) // the client has gone
  }, everyMs)
  timer.unref()
  signal.addEventListener('abort', end, { once: true })
  return { [Symbol.dispose]: end }
}
