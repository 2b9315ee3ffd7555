import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { LineMatcher } from '../../../../../server/core/logs/matcher'
import { waitFor } from '../../../../helpers/wait-for'

const HOSTILE = '^(a+)+$'
const victim = `${'a'.repeat(60)}!`

describe('LineMatcher', () => {
  it('gives the index of the first line that matches, -1 when none does', async () => {
    await using matcher = new LineMatcher()
    expect(await matcher.match('ready in \\d+ ms', '', ['starting', 'ready in 12 ms', 'ready in 3 ms'])).toBe(1)
    expect(await matcher.match('READY', '', ['ready'])).toBe(-1)
    expect(await matcher.match('READY', 'i', ['ready'])).toBe(0)
    expect(await matcher.match('x', '', [])).toBe(-1)
  })

  it('matches a line with or without its colours', async () => {
    await using matcher = new LineMatcher()
    const line = 'ready in \x1B[1m12\x1B[22m ms'
    expect(await matcher.match('ready in \\d+ ms', '', ['', line])).toBe(1)
    expect(await matcher.match('\\x1b\\[1m12', '', ['', line])).toBe(1)
  })

  it('carries no position from one line to the next', async () => {
    await using matcher = new LineMatcher()
    expect(await matcher.match('a', 'gy', ['bb', 'ba', 'ab'])).toBe(1)
    expect(await matcher.match('^b', 'y', ['ab', 'ba'])).toBe(1)
  })

  it('refuses a pattern that is too slow by its field, and does what others have asked for meanwhile', async () => {
    await using matcher = new LineMatcher()
    const results = await Promise.allSettled([
      matcher.match('a', '', ['b', 'a']),
      matcher.match(HOSTILE, '', [victim], { limitMs: 200, field: 'ready.log' }),
      matcher.match('c', '', ['c']),
      matcher.match('d', '', ['c']),
    ])
    expect(results).toMatchObject([
      { value: 1 },
      { reason: { code: 'VALIDATION_FAILED', details: [{ field: 'ready.log', reason: `the pattern "${HOSTILE}" takes too long` }] } },
      { value: 0 },
      { value: -1 },
    ])
  })

  it('leaves the event loop free while a pattern works', async () => {
    await using matcher = new LineMatcher()
    let turns = 0
    const timer = setInterval(() => turns++, 5)
    await expect(matcher.match(HOSTILE, '', [victim], { limitMs: 300 })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' })
    clearInterval(timer)
    expect(turns).toBeGreaterThan(3)
  })

  it('takes an answer that came in time although the event loop was blocked beyond the limit', async () => {
    await using matcher = new LineMatcher()
    await matcher.match('a', '', ['a'])
    const found = matcher.match('b', '', ['a', 'b'], { limitMs: 100 })
    await new Promise(resolve => setImmediate(resolve)) // the question is on its way
    const end = performance.now() + 400
    while (performance.now() < end) Math.random()
    expect(await found).toBe(1)
  })

  it('refuses an invalid pattern by its field', async () => {
    await using matcher = new LineMatcher()
    await expect(matcher.match('(', '', ['('], { field: 'grep' })).rejects.toMatchObject({ details: [{ field: 'grep' }] })
  })

  it('finds the right line among more than fit into one batch, and clips long ones', async () => {
    await using matcher = new LineMatcher()
    const long = 'x'.repeat(65_536)
    const lines = [...Array.from({ length: 100 }, () => `${long}needle`), 'needle']
    expect(await matcher.match('needle', '', lines, { limitMs: 10_000 })).toBe(100)
  })

  it('ends the thread when it was idle, and starts the next one when it is needed', async () => {
    const threads = () => readdirSync('/proc/self/task').length
    await using matcher = new LineMatcher({ idleMs: 30 })
    const before = threads()
    expect(await matcher.match('a', '', ['a'])).toBe(0)
    await waitFor('the thread has gone', () => threads() <= before)
    expect(await matcher.match('a', '', ['b', 'a'])).toBe(1)
  })

  it('refuses what comes after its end, and ends what is still at work', async () => {
    const matcher = new LineMatcher()
    const working = matcher.match(HOSTILE, '', [victim], { limitMs: 60_000 })
    const refused = expect(working).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
    await matcher[Symbol.asyncDispose]()
    await refused
    await expect(matcher.match('a', '', ['a'])).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
  })
})
