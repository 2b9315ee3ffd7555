import { describe, expect, it } from 'vitest'
import { AttemptLimit } from '../../../../server/http/attempt-limit'

const fail = (limit: AttemptLimit, caller: string, times: number) => {
  for (let i = 0; i < times; i++) limit.failed(caller)
}

describe('the limit of attempts', () => {
  it('begins anew when its ten seconds are over', () => {
    let now = 0
    const limit = new AttemptLimit({ now: () => now })
    fail(limit, 'a', 9)
    now = 10_000
    fail(limit, 'a', 9)
    expect(limit.isSpent('a')).toBe(false)
    fail(limit, 'a', 1)
    expect([limit.isSpent('a'), limit.isSpent('b')]).toEqual([true, false])
  })

  it('remembers a thousand callers, not more', () => {
    const limit = new AttemptLimit({ now: () => 0 })
    fail(limit, 'first', 10)
    for (let i = 0; i < 999; i++) fail(limit, `caller ${i}`, 10)
    expect(limit.isSpent('first')).toBe(true)
    fail(limit, 'one more', 10)
    expect([limit.isSpent('first'), limit.isSpent('caller 0'), limit.isSpent('one more')]).toEqual([false, true, true])
  })
})
