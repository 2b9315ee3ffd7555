import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Throttle } from '../../../mcp/throttle'

describe('the throttle', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('acts at once, and once more for all that came within the pause', () => {
    using throttle = new Throttle(1000)
    const done: number[] = []
    const act = () => void done.push(Date.now())
    const from = Date.now()
    for (let n = 0; n < 30; n++) {
      throttle.run('a', act)
      vi.advanceTimersByTime(100)
    }
    vi.advanceTimersByTime(10_000)
    expect(done.map(at => at - from)).toEqual([0, 1000, 2000, 3000])
    throttle.run('a', act)
    expect(done).toHaveLength(5)
  })

  it('keeps keys apart, and says nothing more of one that is forgotten', () => {
    using throttle = new Throttle(1000)
    const done: string[] = []
    for (const key of ['a', 'b', 'a', 'b']) throttle.run(key, () => void done.push(key))
    throttle.forget('a')
    vi.advanceTimersByTime(5000)
    expect(done).toEqual(['a', 'b', 'b'])
    expect(vi.getTimerCount()).toBe(0)
  })
})
