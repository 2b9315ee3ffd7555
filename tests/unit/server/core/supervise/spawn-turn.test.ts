import { describe, expect, it } from 'vitest'
import { inOwnTurn } from '../../../../../server/core/supervise/spawn-turn'

describe('inOwnTurn', () => {
  it('starts one thing in a turn of the event loop, in order, whatever becomes of it', async () => {
    const seen: string[] = []
    const starts = [0, 1, 2].map(number => inOwnTurn(() => {
      seen.push(`start ${number}`)
      setImmediate(() => seen.push(`turn after ${number}`))
      if (number === 1) throw new Error('refused')
      return number
    }))
    expect((await Promise.allSettled(starts)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    await expect.poll(() => seen).toEqual(['start 0', 'turn after 0', 'start 1', 'turn after 1', 'start 2', 'turn after 2'])
  })
})
