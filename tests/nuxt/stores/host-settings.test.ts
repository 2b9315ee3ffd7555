import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { useConnectionStore } from '~/stores/connection'
import { useHostSettingsStore } from '~/stores/host-settings'
import { activityEntry } from '../activity-entry'
import { answerRequests, health, TestSocket } from './fake-host'

beforeEach(() => {
  setActivePinia(createPinia())
  TestSocket.all = []
  vi.stubGlobal('WebSocket', TestSocket)
})

afterEach(() => vi.unstubAllGlobals())

it('the settings of the host are read once, and again when somebody has changed them', async () => {
  let settings = { agents: 'allow', default_log_bytes: 65_536, activity_limit: 10 }
  const calls = answerRequests({ 'GET /api/health': () => health(1), 'GET /api/settings': () => ({ body: settings }) })
  const store = useHostSettingsStore()
  store.begin()
  useConnectionStore().connect()
  TestSocket.last.accept()
  TestSocket.last.say({ topic: 'events', type: 'subscribed', cursor: 'e-0' })
  await vi.waitFor(() => expect(store.value?.agents).toBe('allow'))
  settings = { ...settings, agents: 'read_only' }
  TestSocket.last.say({ topic: 'events', type: 'activity.added', data: activityEntry({ action: 'start_process' }), cursor: 'e-1' })
  TestSocket.last.say({ topic: 'events', type: 'activity.added', data: activityEntry({ action: 'update_settings' }), cursor: 'e-2' })
  await vi.waitFor(() => expect(store.value?.agents).toBe('read_only'))
  expect(calls.filter(({ key }) => key === 'GET /api/settings')).toHaveLength(2)
})

it('a change that is refused leaves the settings as they are', async () => {
  const settings = { agents: 'allow', default_log_bytes: 65_536, activity_limit: 10 }
  answerRequests({
    'GET /api/settings': () => ({ body: settings }),
    'PATCH /api/settings': () => ({ status: 507, body: { error: { code: 'STORAGE_FAILED', message: 'm', hint: 'h' } } }),
  })
  const store = useHostSettingsStore()
  store.begin()
  await vi.waitFor(() => expect(store.value).toEqual(settings))
  await expect(store.update({ agents: 'read_only' })).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
  expect(store.value).toEqual(settings)
})
