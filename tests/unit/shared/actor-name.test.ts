import { describe, expect, it } from 'vitest'
import { toActorName } from '#shared/actor-name'

describe('toActorName', () => {
  it.each([
    ['claude-code', 'claude-code'],
    ['  a\u001B[31mb\u0000\nc\u200B ', 'abc'],
    ['x'.repeat(100), 'x'.repeat(64)],
    ['\u001B[0m \u200B', 'unknown'],
    [undefined, 'unknown'],
  ])('makes of %j the name %s', (given, name) => {
    expect(toActorName(given, 'unknown')).toBe(name)
  })
})
