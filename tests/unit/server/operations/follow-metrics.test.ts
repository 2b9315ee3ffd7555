import { describe, expect, it } from 'vitest'
import type { MetricsSample } from '#shared/schemas/metrics'
import { followMetrics, type FollowedMetrics } from '../../../../server/operations/follow-metrics'

/** Measurements that the test makes itself. */
function follower(refresh: () => Promise<void> = () => Promise.resolve()) {
  const listeners = new Set<(samples: MetricsSample[]) => void>()
  const state = { samples: new Array<MetricsSample>(), holds: 0, refreshes: 0 }
  const end = new AbortController()
  const metrics: FollowedMetrics = {
    refresh: () => {
      state.refreshes++
      return refresh()
    },
    hold: () => {
      state.holds++
      return { [Symbol.dispose]: () => void state.holds-- }
    },
    onSample: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    latestAll: () => state.samples,
  }
  return {
    state, end, listeners,
    measure: (cpu: number) => {
      state.samples = [{ id: 'web', at: '2026-11-22T12:00:00.000Z', cpu_percent: cpu, memory_bytes: 1, ports: [80] }]
      for (const listener of listeners) listener(state.samples)
    },
    followed: followMetrics({ vantage: { metrics }, signal: end.signal }),
  }
}

describe('followMetrics', () => {
  it('gives what is measured now at once, then each measurement', async () => {
    const { followed, measure, state } = follower()
    expect(await followed.next()).toEqual({ done: false, value: [] })
    expect(state.refreshes).toBe(1)
    const next = followed.next()
    measure(7)
    expect(await next).toMatchObject({ value: [{ id: 'web', cpu_percent: 7 }] })
    await followed.return(undefined)
  })

  it('skips to the newest for a reader that is slow', async () => {
    const { followed, measure } = follower()
    await followed.next()
    for (const cpu of [1, 2, 3]) measure(cpu)
    expect(await followed.next()).toMatchObject({ value: [{ cpu_percent: 3 }] })
    const next = followed.next()
    measure(4)
    expect(await next).toMatchObject({ value: [{ cpu_percent: 4 }] })
    await followed.return(undefined)
  })

  it('has measurements made while somebody reads, and no longer', async () => {
    const { followed, end, listeners, state } = follower()
    expect(state.holds).toBe(0)
    await followed.next()
    expect(state.holds).toBe(1)
    const next = followed.next()
    end.abort()
    expect(await next).toEqual({ done: true, value: undefined })
    expect({ holds: state.holds, listeners: listeners.size }).toEqual({ holds: 0, listeners: 0 })
  })

  it('goes on when a measurement fails', async () => {
    const { followed, measure } = follower(() => Promise.reject(new Error('no /proc')))
    expect(await followed.next()).toEqual({ done: false, value: [] })
    const next = followed.next()
    measure(5)
    expect(await next).toMatchObject({ value: [{ cpu_percent: 5 }] })
    await followed.return(undefined)
  })
})
