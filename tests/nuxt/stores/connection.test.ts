import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useConnectionStore } from '~/stores/connection'
import type { HostMessage } from '~/composables/host-message'
import { answerRequests, health, TestSocket } from './fake-host'

let pid = 100

async function connected() {
  const connection = useConnectionStore()
  connection.connect()
  TestSocket.last.accept()
  await vi.waitFor(() => expect(connection.phase).toBe('connected'))
  return connection
}

beforeEach(() => {
  setActivePinia(createPinia())
  TestSocket.all = []
  pid = 100
  vi.useFakeTimers()
  vi.stubGlobal('WebSocket', TestSocket)
  answerRequests({ 'GET /api/health': () => health(pid) })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the one connection', () => {
  it('subscribes once for two listeners, and ends it with the last of them', async () => {
    const connection = await connected()
    const heard: HostMessage[] = []
    const endFirst = connection.subscribe('events', message => heard.push(message))
    const endSecond = connection.subscribe('events', message => heard.push(message))
    TestSocket.last.say({ topic: 'events', type: 'process.removed', data: { id: 'web' }, cursor: 'e-1' })
    TestSocket.last.say({ topic: 'logs:web', type: 'lines', data: [] })
    expect(heard).toHaveLength(2)
    endFirst()
    expect(TestSocket.last.sent).toEqual([{ op: 'subscribe', topic: 'events' }])
    endSecond()
    expect(TestSocket.last.sent.at(-1)).toEqual({ op: 'unsubscribe', topic: 'events' })
  })

  it('goes on after a loss from the last cursor of each topic', async () => {
    const connection = await connected()
    connection.subscribe('events', () => {})
    connection.subscribe('logs:web', () => {}, 'c7')
    TestSocket.last.say({ topic: 'events', type: 'subscribed', cursor: 'e-4' })
    TestSocket.last.say({ topic: 'logs:web', type: 'lines', data: [{ cursor: 'c8' }, { cursor: 'c9' }] })
    TestSocket.last.break()
    expect([connection.phase, connection.asOf !== undefined]).toEqual(['reconnecting', true])
    await vi.advanceTimersByTimeAsync(500)
    TestSocket.last.accept()
    expect(TestSocket.all).toHaveLength(2)
    expect(TestSocket.last.sent).toEqual([
      { op: 'subscribe', topic: 'events', since: 'e-4' },
      { op: 'subscribe', topic: 'logs:web', since: 'c9' },
    ])
    await vi.waitFor(() => expect(connection.back).toBe('same'))
    await vi.advanceTimersByTimeAsync(3000)
    expect([connection.back, connection.asOf]).toEqual([undefined, undefined])
  })

  it('tells a restarted host by its pid', async () => {
    const connection = await connected()
    TestSocket.last.break()
    pid = 101
    await vi.advanceTimersByTimeAsync(500)
    TestSocket.last.accept()
    await vi.waitFor(() => expect(connection.back).toBe('restarted'))
  })

  it('waits longer after each failed attempt, tries at once when asked, and calls the host gone after 30 s', async () => {
    const connection = await connected()
    TestSocket.last.break()
    for (const wait of [500, 1000, 2000]) {
      const before = TestSocket.all.length
      await vi.advanceTimersByTimeAsync(wait - 1)
      expect(TestSocket.all).toHaveLength(before)
      await vi.advanceTimersByTimeAsync(1)
      expect(TestSocket.all).toHaveLength(before + 1)
      TestSocket.last.break()
    }
    connection.retryNow()
    expect(TestSocket.all).toHaveLength(5)
    expect(connection.phase).toBe('reconnecting')
    await vi.advanceTimersByTimeAsync(30_000)
    expect(connection.phase).toBe('gone')
  })

  it('takes a silent connection for lost, and a ping for a sign of life', async () => {
    const connection = await connected()
    await vi.advanceTimersByTimeAsync(12_000)
    TestSocket.last.say({ type: 'ping' })
    await vi.advanceTimersByTimeAsync(12_000)
    expect(connection.phase).toBe('connected')
    await vi.advanceTimersByTimeAsync(1000)
    expect(connection.phase).toBe('reconnecting')
  })

  it('says at once that a host is closing', async () => {
    const connection = await connected()
    connection.subscribe('events', () => {})
    TestSocket.last.say({ topic: 'events', type: 'host.closing', data: { pid: 100 }, cursor: 'e-9' })
    expect(connection.phase).toBe('reconnecting')
  })
})
