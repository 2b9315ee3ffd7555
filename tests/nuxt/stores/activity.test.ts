import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ActivityEntry } from '#shared/schemas/activity'
import { useActivityStore } from '~/stores/activity'
import { useConnectionStore } from '~/stores/connection'
import { activityEntry } from '../activity-entry'
import { answerRequests, health, TestSocket } from './fake-host'

let stored: ActivityEntry[] = []
let calls: ReturnType<typeof answerRequests> = []

const count = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => activityEntry({ seq: to - index }))
const added = (part: Partial<ActivityEntry>) => TestSocket.last.say({ topic: 'events', type: 'activity.added', data: activityEntry(part), cursor: `e-${part.seq}` })
const resync = () => TestSocket.last.say({ topic: 'events', type: 'resync', cursor: 'f-0' })
const reads = () => calls.map(({ key }) => key).filter(key => key.includes('/api/activity'))

async function begin() {
  const store = useActivityStore()
  store.begin()
  useConnectionStore().connect()
  TestSocket.last.accept()
  TestSocket.last.say({ topic: 'events', type: 'subscribed', cursor: 'e-0' })
  await vi.waitFor(() => expect(store.status).not.toBe('loading'))
  return { store, seqs: () => store.entries.map(({ seq }) => seq) }
}

beforeEach(() => {
  setActivePinia(createPinia())
  TestSocket.all = []
  stored = count(1, 3)
  vi.stubGlobal('WebSocket', TestSocket)
  calls = answerRequests({
    'GET /api/health': () => health(1),
    'GET /api/activity?limit=100': () => ({ body: stored.slice(0, 100) }),
    'GET /api/activity?limit=500&before=51': () => ({ body: count(1, 50) }),
    'POST /api/processes/web/start': () => ({ body: {} }),
    'PUT /api/processes/web': () => ({ status: 409, body: { error: { code: 'ALREADY_RUNNING', message: 'm', hint: 'h' } } }),
  })
})

afterEach(() => vi.unstubAllGlobals())

describe('the activity', () => {
  it('is read once, newest first, and then told by events, each entry once', async () => {
    const { store, seqs } = await begin()
    expect([seqs(), store.hasOlder]).toEqual([[3, 2, 1], false])
    added({ seq: 4, process_id: 'db' })
    added({ seq: 4, process_id: 'db' })
    expect(seqs()).toEqual([4, 3, 2, 1])
    expect([store.lastOf('db')?.seq, store.lastOf('web')?.seq, store.lastOf('no')]).toEqual([4, 3, undefined])
    expect(reads()).toHaveLength(1)
  })

  it('keeps an entry that arrives while it is being read', async () => {
    const { store, seqs } = await begin()
    const loading = store.load()
    added({ seq: 4 })
    await loading
    expect(seqs()).toEqual([4, 3, 2, 1])
  })

  it('shows older entries a page at a time, and keeps them when it is read anew without a gap', async () => {
    stored = count(51, 150)
    const { store, seqs } = await begin()
    expect(store.hasOlder).toBe(true)
    await store.loadOlder()
    expect([seqs().length, seqs().at(-1), store.hasOlder]).toEqual([150, 1, false])
    stored = count(53, 152)
    resync()
    await vi.waitFor(() => expect(seqs()[0]).toBe(152))
    expect([seqs().length, seqs().at(-1), store.hasOlder]).toEqual([152, 1, false])
  })

  it.each([
    ['leaves a gap to what is known', () => count(201, 300)],
    ['counts anew', () => [activityEntry({ seq: 2, at: '2026-02-02T00:00:00.000Z' }), activityEntry({ seq: 1, at: '2026-02-01T00:00:00.000Z' })]],
  ])('begins afresh where the host %s', async (_, now) => {
    stored = count(51, 150)
    const { store, seqs } = await begin()
    stored = now()
    resync()
    await vi.waitFor(() => expect(seqs()).toEqual(stored.map(({ seq }) => seq)))
    expect(store.hasOlder).toBe(stored.length === 100)
  })

  it('stays within bounds on a page that is open for long', async () => {
    const { store, seqs } = await begin()
    for (let seq = 4; seq <= 1100; seq++) added({ seq })
    expect([seqs().length, seqs()[0], store.hasOlder]).toEqual([1000, 1100, true])
  })

  it('stays on show when a later read fails', async () => {
    const { store, seqs } = await begin()
    answerRequests({ 'GET /api/activity?limit=100': () => ({ status: 500, body: { error: { code: 'INTERNAL', message: 'm', hint: 'h' } } }) })
    await store.load()
    expect([store.status, store.error?.code, seqs().length]).toEqual(['ready', 'INTERNAL', 3])
  })

  it('takes an entry back by its own call, as the dashboard, and remembers it; a refused one stays', async () => {
    const { store } = await begin()
    await store.undo(activityEntry({ seq: 3, undo: { method: 'POST', path: '/api/processes/web/start' } }))
    const body = { id: 'web', command: 'node' }
    await expect(store.undo(activityEntry({ seq: 2, undo: { method: 'PUT', path: '/api/processes/web', body } })))
      .rejects.toMatchObject({ code: 'ALREADY_RUNNING' })
    const sent = calls.filter(({ init }) => init.method !== 'GET')
    expect(sent.map(({ key, init }) => [key, init.body])).toEqual([
      ['POST /api/processes/web/start', undefined], ['PUT /api/processes/web', JSON.stringify(body)],
    ])
    expect(sent.map(({ init }) => new Headers(init.headers).get('x-vantage-client'))).toEqual(['dashboard', 'dashboard'])
    expect([...store.takenBack]).toEqual([3])
  })
})
