import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ProcessInfo } from '#shared/schemas/process-info'
import { useConnectionStore } from '~/stores/connection'
import { useProcessesStore } from '~/stores/processes'
import { processInfo } from '../process-info'
import { answerRequests, health, TestSocket } from './fake-host'

let processes: ProcessInfo[] = []
let loads = 0
let calls: ReturnType<typeof answerRequests> = []

const dashboard = () => {
  loads++
  return { body: { processes, server: { started_at: new Date().toISOString(), uptime_ms: 0 } } }
}
const changed = (part: Partial<ProcessInfo>, cursor: string) => TestSocket.last.say({ topic: 'events', type: 'process.changed', data: processInfo(part), cursor })

async function begin() {
  const store = useProcessesStore()
  store.begin()
  useConnectionStore().connect()
  TestSocket.last.accept()
  TestSocket.last.say({ topic: 'events', type: 'subscribed', cursor: 'e-0' })
  await vi.waitFor(() => expect(store.status).not.toBe('loading'))
  return store
}

beforeEach(() => {
  setActivePinia(createPinia())
  TestSocket.all = []
  loads = 0
  processes = [processInfo({ id: 'web' }), processInfo({ id: 'api', state: 'Failed' })]
  vi.stubGlobal('WebSocket', TestSocket)
  calls = answerRequests({
    'GET /api/dashboard': dashboard,
    'GET /api/health': () => health(1),
    'POST /api/processes/api.v2/start': () => ({ body: processInfo({ id: 'api.v2' }) }),
    'DELETE /api/processes/web?force=true': () => ({ status: 204 }),
    'POST /api/processes': () => ({ status: 409, body: { error: { code: 'PROCESS_EXISTS', message: 'A process "web" exists already.', hint: 'Choose another id.' } } }),
  })
})

afterEach(() => vi.unstubAllGlobals())

describe('the processes', () => {
  it('are read once, with the failed ones first, and then patched by events', async () => {
    const store = await begin()
    expect(store.all.map(({ id }) => id)).toEqual(['api', 'web'])
    const before = loads
    changed({ id: 'web', state: 'Running', phase: 'running', pid: 7 }, 'e-1')
    changed({ id: 'new' }, 'e-2')
    TestSocket.last.say({ topic: 'events', type: 'process.removed', data: { id: 'api' }, cursor: 'e-3' })
    expect(store.all.map(({ id }) => id)).toEqual(['new', 'web'])
    expect(store.byId.get('web')?.pid).toBe(7)
    expect(loads).toBe(before)
  })

  it('keep an event that arrives while they are being read', async () => {
    const store = await begin()
    const loading = store.load()
    changed({ id: 'web', state: 'Running', phase: 'running' }, 'e-1')
    await loading
    expect(store.byId.get('web')?.state).toBe('Running')
  })

  it('are read anew when the host no longer knows the place, and not when it does', async () => {
    const store = await begin()
    expect(loads).toBe(1)
    TestSocket.last.say({ topic: 'events', type: 'subscribed', cursor: 'e-0' })
    expect(loads).toBe(1)
    processes = [processInfo({ id: 'only' })]
    TestSocket.last.say({ topic: 'events', type: 'resync', cursor: 'f-0' })
    await vi.waitFor(() => expect(store.all.map(({ id }) => id)).toEqual(['only']))
  })

  it('are read without a socket too', async () => {
    const store = useProcessesStore()
    store.begin()
    await vi.waitFor(() => expect(store.status).toBe('ready'))
    expect(loads).toBe(1)
  })

  it('stay on show when a later read fails', async () => {
    const store = await begin()
    answerRequests({ 'GET /api/dashboard': () => ({ status: 500, body: { error: { code: 'INTERNAL', message: 'm', hint: 'h' } } }) })
    await store.load()
    expect([store.status, store.error?.code, store.byId.size]).toEqual(['ready', 'INTERNAL', 2])
  })

  it('are acted on as the dashboard, with JSON only where there is a body', async () => {
    const store = await begin()
    await store.act('api.v2', 'start')
    await store.remove('web', true)
    await expect(store.create({ id: 'web', command: 'x' })).rejects.toMatchObject({ code: 'PROCESS_EXISTS', hint: 'Choose another id.' })
    const sent = calls.filter(({ init }) => init.method !== 'GET').map(({ key, init }) => [key, new Headers(init.headers)] as const)
    expect(sent.map(([key]) => key)).toEqual(['POST /api/processes/api.v2/start', 'DELETE /api/processes/web?force=true', 'POST /api/processes'])
    expect(sent.map(([, headers]) => headers.get('x-vantage-client'))).toEqual(['dashboard', 'dashboard', 'dashboard'])
    expect(sent.map(([, headers]) => headers.get('content-type'))).toEqual([null, null, 'application/json'])
  })
})
