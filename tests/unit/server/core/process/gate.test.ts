import { describe, expect, it } from 'vitest'
import { Gate } from '../../../../../server/core/process/gate'

describe('Gate', () => {
  it('lets so many run side by side, in the order in which they came, also after failures', async () => {
    const gate = new Gate(2)
    const started: number[] = []
    const ends: (() => void)[] = []
    let running = 0
    let most = 0
    const job = (number: number) => gate.run(async () => {
      started.push(number)
      most = Math.max(most, ++running)
      await new Promise<void>(resolve => ends.push(resolve))
      running--
      if (number === 1) throw new Error('failed')
    })
    const all = Promise.allSettled([0, 1, 2, 3, 4].map(job))
    await expect.poll(() => started).toEqual([0, 1])
    for (let ended = 0; ended < 5; ended++) {
      await expect.poll(() => ends.length).toBeGreaterThan(ended)
      ends[ended]?.()
    }
    expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'])
    expect(started).toEqual([0, 1, 2, 3, 4])
    expect(most).toBe(2)
  })
})
