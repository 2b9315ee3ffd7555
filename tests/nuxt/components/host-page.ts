import { expect, vi } from 'vitest'
import { useConnectionStore } from '~/stores/connection'
import { answerRequests, health, TestSocket } from '../stores/fake-host'

/** Connects the page to a host that answers like this: what is offline sends nothing. Gives the calls made. */
export async function connectTo(answers: Parameters<typeof answerRequests>[0]) {
  vi.stubGlobal('WebSocket', TestSocket)
  const calls = answerRequests({ 'GET /api/health': () => health(1), ...answers })
  const connection = useConnectionStore()
  connection.connect()
  TestSocket.last.accept()
  await vi.waitFor(() => expect(connection.phase).toBe('connected'))
  return calls
}

/** The bodies of the calls to `key`, parsed. */
export function bodiesOf(calls: ReturnType<typeof answerRequests>, key: string): unknown[] {
  return calls.filter(call => call.key === key).map(({ init }): unknown => JSON.parse(String(init.body)))
}
