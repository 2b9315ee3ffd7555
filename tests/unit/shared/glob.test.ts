import { describe, expect, it } from 'vitest'
import { matchesGlob } from '#shared/glob'

describe('matchesGlob', () => {
  it.each([
    ['web', 'web', true],
    ['web', 'web-2', false],
    ['web*', 'web-2', true],
    ['*.js', 'server.js', true],
    ['*.js', 'server.js.map', false],
    ['w?b', 'wab', true],
    ['w?b', 'wb', false],
    ['*a*b', 'xaybzab', true],
    ['', '', true],
    ['*', '', true],
    ['?', '', false],
    ['a.c', 'abc', false],
  ])('%s against %s is %s', (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected)
  })

  it('comes back from a hostile pattern, which would take an exponential search for ever', () => {
    expect(matchesGlob('*a'.repeat(100) + 'b', 'a'.repeat(4096))).toBe(false)
  })
})
