import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { refreshMetrics } from '../../../../server/operations/refresh-metrics'

describe('refreshMetrics', () => {
  it.each([true, false])('does not keep an answer waiting for a look that does not end, nor for one that fails (unmeasured: %s)', async (hasUnmeasured) => {
    const endless = refreshMetrics({ metrics: { hasUnmeasured, refresh: () => new Promise<void>(() => {}) } })
    const failing = refreshMetrics({ metrics: { hasUnmeasured, refresh: () => Promise.reject(new Error('no descriptors')) } })
    await expect(Promise.all([endless, failing])).resolves.toHaveLength(2)
  })

  it('waits longer for the first look at a run than for a later one', async () => {
    const outcome = async (hasUnmeasured: boolean) => {
      let hasLooked = false
      const refresh = async () => {
        await delay(300)
        hasLooked = true
      }
      await refreshMetrics({ metrics: { hasUnmeasured, refresh } })
      return hasLooked
    }
    expect(await outcome(true)).toBe(true)
    expect(await outcome(false)).toBe(false)
  })
})
