import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clipLine } from '#shared/clean-text'
import { maskClipped, maskSecrets } from '#shared/mask-secrets'

const key = { name: 'API_KEY', value: 'sk-live-12345678' }

describe('maskSecrets', () => {
  it('replaces each occurrence by the name', () => {
    expect(maskSecrets('key=sk-live-12345678, again sk-live-12345678.', [key])).toBe('key=[secret API_KEY], again [secret API_KEY].')
    expect(maskSecrets('nothing here', [key])).toBe('nothing here')
    expect(maskSecrets('', [key])).toBe('')
  })

  it('finds the URL-encoded form as well', () => {
    const secret = { name: 'DB_PASSWORD', value: 'p@ss/w rd&1' }
    expect(maskSecrets('?pw=p%40ss%2Fw%20rd%261 and p@ss/w rd&1', [secret])).toBe('?pw=[secret DB_PASSWORD] and [secret DB_PASSWORD]')
  })

  it('leaves no rest of secrets that contain or overlap each other', () => {
    const inner = { name: 'INNER', value: 'live-1234' }
    const next = { name: 'NEXT', value: '345678xyz' }
    expect(maskSecrets('a sk-live-12345678 b', [inner, key])).toBe('a [secret API_KEY] b')
    expect(maskSecrets('a sk-live-12345678xyz b', [next, key])).toBe('a [secret API_KEY] b')
    expect(maskSecrets('aaaaaaaaa', [{ name: 'A', value: 'aaaaaa' }])).toBe('[secret A]')
    expect(maskSecrets('one two', [{ name: 'EMPTY', value: '' }])).toBe('one two')
  })

  it('takes patterns as text, and survives broken characters', () => {
    expect(maskSecrets('$1 .*(a)+ x', [{ name: 'ODD', value: '.*(a)+' }])).toBe('$1 [secret ODD] x')
    expect(maskSecrets('x\uD800abcdef', [{ name: 'ODD', value: '\uD800abcdef' }])).toBe('x[secret ODD]')
  })

  it('never shows a secret, whatever stands around it', () => {
    const secret = fc.string({ minLength: 6, unit: fc.constantFrom('a', 'b', '/', ' ') })
    fc.assert(fc.property(fc.array(fc.record({ name: fc.constant('N'), value: secret }), { minLength: 1, maxLength: 4 }), fc.string({ unit: fc.constantFrom('a', 'b', '/') }), (secrets, noise) => {
      const masked = maskSecrets(noise + secrets.map(({ value }) => value).join(noise), secrets)
      for (const rest of masked.split('[secret N]')) for (const { value } of secrets) expect(rest.includes(value)).toBe(false)
    }))
  })
})

describe('maskClipped', () => {
  it('masks what is left of a secret on either side of the cut', () => {
    const parts = Array.from({ length: key.value.length - 3 }, (_, at) => key.value.slice(at, at + 4))
    for (let before = 280; before < 310; before++) {
      for (const text of [`${'.'.repeat(before)}${key.value}${'.'.repeat(900)}`, `${'.'.repeat(900)}${key.value}${'.'.repeat(before - 210)}`]) {
        const shown = maskClipped(clipLine(text), [key])
        expect({ before, shown: parts.filter(part => shown.includes(part)) }).toEqual({ before, shown: [] })
      }
    }
    expect(maskClipped(`a ${key.value}`, [key])).toBe('a [secret API_KEY]')
  })
})
