import { describe, expect, it } from 'vitest'
import { backoffMs } from '~/composables/backoff'
import { countStates } from '~/composables/process-order'
import { reasonOf, statusOf } from '~/composables/status'
import { splitDuration } from '~/composables/useFormat'
import { processInfo } from '../process-info'

describe('the wait before a new attempt', () => {
  it('doubles from half a second to ten seconds', () => {
    expect([0, 1, 2, 3, 4, 5, 99].map(backoffMs)).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000])
  })
})

describe('a duration', () => {
  it('has its two largest units', () => {
    const words = (milliseconds: number) => splitDuration(milliseconds).map(({ unit, count }) => `${count}${unit}`).join(' ')
    expect([0, 999, 3200, 62_000, 8_040_000, 90_000_000, -5].map(words)).toEqual(['0s', '0s', '3s', '1m 2s', '2h 14m', '1d 1h', '0s'])
  })
})

describe('states', () => {
  it('have counts that sum up', () => {
    const counts = countStates([processInfo({ state: 'Failed' }), processInfo({ state: 'Running', phase: 'running' }), processInfo({})])
    expect(counts).toEqual({ NotStarted: 1, Running: 1, Stopped: 0, Failed: 1 })
  })

  it('have a reason in words only where exit code and signal do not say it', () => {
    expect(reasonOf(processInfo({ state: 'Failed', error: 'exited with code 1', exit_code: 1 }))).toBeUndefined()
    const conflict = 'exited with code 1; port 3000 is held by "api" (pid 7)'
    expect(reasonOf(processInfo({ state: 'Failed', error: conflict, exit_code: 1 }))).toBe(conflict)
    expect(reasonOf(processInfo({ state: 'Failed', error: 'exit code lost' }))).toBe('exit code lost')
  })

  it('look by phase, and by state where nothing goes on', () => {
    expect(statusOf({ state: 'Running', phase: 'unready' }).look).toBe('unready')
    expect(statusOf({ state: 'Failed', phase: 'backoff' }).look).toBe('backoff')
    expect((['Failed', 'Stopped', 'NotStarted'] as const).map(state => statusOf({ state, phase: 'idle' }).look)).toEqual(['failed', 'stopped', 'idle'])
  })
})
