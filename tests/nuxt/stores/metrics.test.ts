import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { useLiveNumbers } from '~/composables/useLiveNumbers'
import { useConnectionStore } from '~/stores/connection'
import { useMetricsStore } from '~/stores/metrics'
import { processInfo } from '../process-info'
import { answerRequests, health, TestSocket } from './fake-host'

const running = processInfo({ state: 'Running', phase: 'running', run: 2, started_at: '2026-01-01T00:00:10.000Z', cpu_percent: 9 })
const sample = (at: string, id = 'web') => ({ id, at: `2026-01-01T00:00:${at}.000Z`, cpu_percent: 3, memory_bytes: 1000, ports: [3000] })
const say = (...data: object[]) => TestSocket.last.say({ topic: 'metrics', type: 'metrics', data })
const requests = () => TestSocket.last.sent.filter(({ topic }) => topic === 'metrics').map(({ op }) => op)

function connect() {
  useConnectionStore().connect()
  TestSocket.last.accept()
  return useMetricsStore()
}

/** What the browser tells when the tab is left or looked at again. */
function lookAway(state: 'visible' | 'hidden'): void {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state)
  document.dispatchEvent(new Event('visibilitychange'))
}

beforeEach(() => {
  setActivePinia(createPinia())
  TestSocket.all = []
  vi.stubGlobal('WebSocket', TestSocket)
  answerRequests({ 'GET /api/health': () => health(1) })
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe('live numbers', () => {
  it('are the newest sample of the run that is alive, and what the process says before there is one', () => {
    const metrics = connect()
    metrics.watchLive()
    expect(metrics.numbersOf(running).cpu_percent).toBe(9)
    say(sample('11'))
    expect(metrics.numbersOf(running)).toMatchObject({ cpu_percent: 3, memory_bytes: 1000, ports: [3000] })
  })

  it('are none of a run that has ended, and none of the run before', () => {
    const metrics = connect()
    metrics.watchLive()
    say(sample('11'))
    expect(metrics.numbersOf(processInfo({ state: 'Stopped' }))).toEqual({})
    say(sample('09'))
    expect(metrics.numbersOf(running).cpu_percent).toBe(9)
  })

  it('go away with the process, and quietly where the host refuses them', () => {
    const metrics = connect()
    metrics.watchLive()
    say(sample('11'), sample('11', 'api'))
    say(sample('12', 'api'))
    expect(metrics.numbersOf(running).cpu_percent).toBe(9)
    say(sample('13'))
    TestSocket.last.say({ topic: 'metrics', type: 'error', error: { code: 'VALIDATION_FAILED', message: 'm', hint: 'h' } })
    expect(metrics.numbersOf(running).cpu_percent).toBe(9)
  })

  it('are asked for while the tab is looked at, and no longer than the page that shows them', async () => {
    connect()
    const scope = effectScope()
    scope.run(() => useLiveNumbers())
    expect(requests()).toEqual(['subscribe'])
    lookAway('hidden')
    await vi.waitFor(() => expect(requests()).toEqual(['subscribe', 'unsubscribe']))
    lookAway('visible')
    await vi.waitFor(() => expect(requests()).toEqual(['subscribe', 'unsubscribe', 'subscribe']))
    scope.stop()
    expect(requests().at(-1)).toBe('unsubscribe')
  })
})
