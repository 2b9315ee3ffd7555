import { describe, expect, it } from 'vitest'
import { cleanLine, clipLine } from '../../../shared/clean-text'

describe('cleanLine', () => {
  it('drops colours and cursor movements', () => {
    expect(cleanLine('\x1B[1;31merror\x1B[0m \x1B[2Kdone\x9B32m!')).toBe('error done!')
  })

  it('drops operating system commands with their text, closed or not', () => {
    expect(cleanLine('a\x1B]0;title\x07b\x1B]8;;http://x\x1B\\link\x1B]8;;\x1B\\c\x1B]52;c;secret')).toBe('ablinkc')
  })

  it('keeps the last state of a progress bar', () => {
    expect(cleanLine(' 10%\r 50%\r100%\r')).toBe('100%')
  })

  it('drops C0, C1, bidirectional, zero-width and tag characters', () => {
    expect(cleanLine('a\0b\x08c\x85d\u202Ee\u200Bf\u2066g\uFEFFh\u{E0041}\u{E0042}i')).toBe('abcdefghi')
  })

  it('lets no character break the line', () => {
    expect(cleanLine('a\u2028next: since=1\u2029b\vc\fd\x85e')).toBe('a next: since=1 bcde')
  })

  it('keeps tabs, other languages and emoji', () => {
    expect(cleanLine('\tポート 3000 で起動 🚀')).toBe('\tポート 3000 で起動 🚀')
  })
})

describe('clipLine', () => {
  it('keeps head and tail of a long line and says how much is missing', () => {
    const line = clipLine(`start${'x'.repeat(5000)}end`)
    expect(line.length).toBeLessThan(440)
    expect(line).toMatch(/^startx+ \[…4608 characters…\] x+end$/)
  })

  it('leaves a line of 400 characters alone', () => {
    expect(clipLine('y'.repeat(400))).toBe('y'.repeat(400))
  })
})
