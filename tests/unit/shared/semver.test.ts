import { describe, expect, it } from 'vitest'
import { isOlder } from '#shared/semver'

/** In the order of semver.org, 11. */
const ORDERED = [
  '0.2.9', '0.3.0-rc.1', '0.3.0', '0.10.0', '1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta', '1.0.0-beta.2',
  '1.0.0-beta.11', '1.0.0-rc.1', '1.0.0', '1.0.1', '10.0.0',
]

describe('isOlder', () => {
  it('puts versions into the order of semver.org', () => {
    for (const [index, version] of ORDERED.entries()) {
      for (const [place, other] of ORDERED.entries()) expect(isOlder(version, other), `${version} < ${other}`).toBe(index < place)
    }
  })

  it('leaves out what was built with it, and what is no version', () => {
    expect(isOlder('1.0.0+a', '1.0.0+b')).toBe(false)
    for (const word of ['', '1.0', 'latest', 'v1.0.0']) {
      expect(isOlder(word, '9.0.0')).toBe(false)
      expect(isOlder('0.0.1', word)).toBe(false)
    }
  })
})
