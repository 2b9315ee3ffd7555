import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, shallowRef } from 'vue'
import type { ProcessInfo } from '#shared/schemas/process-info'
import { useRuns } from '~/composables/useRuns'
import { useRunsStore } from '~/stores/runs'
import { processInfo } from '../process-info'
import { answerRequests } from './fake-host'

const at = '2026-01-01T00:00:00.000Z'
const PATH = 'GET /api/processes/web/runs'

beforeEach(() => setActivePinia(createPinia()))
afterEach(() => vi.unstubAllGlobals())

describe('the runs of a process', () => {
  it('are newest first, and stay on show when a later read fails', async () => {
    const store = useRunsStore()
    answerRequests({ [PATH]: () => ({ body: [{ run: 1, started_at: at }, { run: 2, started_at: at }] }) })
    await store.load('web')
    expect([store.of('web').status, store.of('web').runs.map(({ run }) => run)]).toEqual(['ready', [2, 1]])
    answerRequests({})
    await store.load('web')
    expect([store.of('web').status, store.of('web').error?.code, store.of('web').runs.length]).toEqual(['error', 'NOT_FOUND', 2])
  })

  it('are read when they are wanted, and again when a run begins or ends', async () => {
    const calls = answerRequests({ [PATH]: () => ({ body: [{ run: 1, started_at: at, ended_at: at, exit_code: 3 }] }) })
    const process = shallowRef<ProcessInfo>(processInfo({ state: 'Running', phase: 'running', run: 1, started_at: at }))
    const scope = effectScope()
    const runs = scope.run(() => useRuns(() => process.value, () => (process.value.run ?? 0) > 1))
    expect(calls).toHaveLength(0)
    expect(runs?.byNumber.value.get(1)).toEqual({ run: 1, started_at: at })
    process.value = { ...process.value, run: 2 }
    await vi.waitFor(() => expect(runs?.known.value.status).toBe('ready'))
    expect([...runs?.byNumber.value.values() ?? []].map(({ run, exit_code }) => [run, exit_code])).toEqual([[1, 3], [2, undefined]])
    process.value = { ...process.value, ports: [80] }
    await nextTick()
    expect(calls).toHaveLength(1)
    process.value = { ...process.value, state: 'Failed', failed_at: at }
    await vi.waitFor(() => expect(calls).toHaveLength(2))
    scope.stop()
  })
})
