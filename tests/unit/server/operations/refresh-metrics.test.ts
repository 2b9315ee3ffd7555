import { describe, expect, it } from 'vitest'
import { refreshMetrics } from '../../../../server/operations/refresh-metrics'

describe('refreshMetrics', () => {
  it('does not keep an answer waiting for a look that does not end, nor for one that fails', async () => {
    const endless = refreshMetrics({ metrics: { refresh: () => new Promise<void>(() => {}) } })
    const failing = refreshMetrics({ metrics: { refresh: () => Promise.reject(new Error('no descriptors')) } })
    await expect(Promise.all([endless, failing])).resolves.toHaveLength(2)
  })
})
