import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countNewlines, decodeLine, findNewlines, lowerBound, MAX_LINE_BYTES } from '../../../../../server/core/logs/lines'

const decode = (data: Buffer, { length = data.length, isTerminated = true } = {}) => decodeLine({ data, from: 0, length, isTerminated })

describe('decodeLine', () => {
  it('removes a return before the newline only', () => {
    expect(decode(Buffer.from('a\rb\r'))).toBe('a\rb')
    expect(decode(Buffer.from('50 %\r'), { isTerminated: false })).toBe('50 %\r')
  })

  it('cuts between two characters, of whatever length, and says how much is missing', () => {
    for (const character of ['é', '✓', '😀']) {
      for (let shift = 0; shift < 4; shift++) {
        const bytes = Buffer.from('x'.repeat(shift) + character.repeat(MAX_LINE_BYTES))
        const text = decode(bytes.subarray(0, MAX_LINE_BYTES), { length: bytes.length })
        const [, kept = '', missing] = /^(.*) … \[(\d+) bytes left out\]$/u.exec(text) ?? []
        expect(kept).not.toContain('\uFFFD')
        expect(Buffer.byteLength(kept) + Number(missing)).toBe(bytes.length)
        expect(Buffer.byteLength(kept)).toBeGreaterThan(MAX_LINE_BYTES - 4)
      }
    }
  })

  it('keeps a line of exactly 64 KiB whole', () => {
    const text = 'x'.repeat(MAX_LINE_BYTES)
    expect(decode(Buffer.from(text))).toBe(text)
  })

  it('turns invalid bytes into U+FFFD', () => {
    expect(decode(Buffer.from([0x61, 0xFF, 0x62, 0xE2, 0x9C]))).toBe('a\uFFFDb\uFFFD')
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
