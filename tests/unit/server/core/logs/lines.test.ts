import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countNewlines, decodeLine, findNewlines, lowerBound, MAX_LINE_BYTES } from '../../../../../server/core/logs/lines'

describe('decodeLine', () => {
  it('removes a return before the newline only', () => {
    expect(decodeLine(Buffer.from('a\rb\r'), 4, true)).toBe('a\rb')
    expect(decodeLine(Buffer.from('50 %\r'), 5, false)).toBe('50 %\r')
  })

  it('cuts between two characters, of whatever length, and says how much is missing', () => {
    for (const character of ['é', '✓', '😀']) {
      for (let shift = 0; shift < 4; shift++) {
        const bytes = Buffer.from('x'.repeat(shift) + character.repeat(MAX_LINE_BYTES))
        const text = decodeLine(bytes.subarray(0, MAX_LINE_BYTES), bytes.length, true)
        const [, kept = '', missing] = /^(.*) … \[(\d+) bytes left out\]$/u.exec(text) ?? []
        expect(kept).not.toContain('\uFFFD')
        expect(Buffer.byteLength(kept) + Number(missing)).toBe(bytes.length)
        expect(Buffer.byteLength(kept)).toBeGreaterThan(MAX_LINE_BYTES - 4)
      }
    }
  })

  it('keeps a line of exactly 64 KiB whole', () => {
    const text = 'x'.repeat(MAX_LINE_BYTES)
    expect(decodeLine(Buffer.from(text), text.length, true)).toBe(text)
  })

  it('turns invalid bytes into U+FFFD', () => {
    expect(decodeLine(Buffer.from([0x61, 0xFF, 0x62, 0xE2, 0x9C]), 5, true)).toBe('a\uFFFDb\uFFFD')
  })
})

describe('findNewlines and countNewlines', () => {
  it('agree with a plain search', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom(10, 13, 65, 0)), (bytes) => {
      const plain = bytes.flatMap((byte, at) => byte === 10 ? [at] : [])
      expect(findNewlines(Buffer.from(bytes))).toEqual(plain)
      expect(countNewlines(Buffer.from(bytes))).toBe(plain.length)
    }))
  })
})

describe('lowerBound', () => {
  it('finds the first value that is not below', () => {
    expect([0, 1, 2, 5, 6].map(wanted => lowerBound([1, 3, 5], wanted))).toEqual([0, 0, 1, 2, 3])
  })
})
