import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatCursor, parseCursor, type Cursor } from '../../../../../server/core/logs/cursor'

const mark = fc.nat({ max: 2 ** 40 }).chain(offset => fc.record({
  offset: fc.constant(offset),
  lines: offset === 0 ? fc.constant(0) : fc.option(fc.nat({ max: offset % 65_536 }), { nil: undefined }),
}))
const cursor: fc.Arbitrary<Cursor> = fc.record({
  run: fc.nat(), generation: fc.nat(), stdout: mark, stderr: mark, own: fc.constantFrom('stdout', 'stderr', undefined),
}).filter(({ own, stdout, stderr }) => own === undefined || (own === 'stdout' ? stdout : stderr).offset > 0)

describe('cursor', () => {
  it('is read back as it was written', () => {
    fc.assert(fc.property(cursor, (one) => {
      expect(parseCursor(formatCursor('k3', one), 'since', 'k3')).toEqual(one)
    }))
  })

  it('is short for a large log', () => {
    const own = { run: 12, generation: 0, stdout: { offset: 100_000_000, lines: 600 }, stderr: { offset: 0, lines: 0 }, own: 'stdout' as const }
    expect(formatCursor('x7k2', own)).toBe('x7k2.c.0.1njchs_go.0.o')
  })

  it('accepts nothing but what it writes', () => {
    const wrong = [
      'k3', 'k3.1.0.0', 'k3.1.0.0.0.x', 'k3.1.0.01.0', 'k3.1.0.0_0.0', 'k3.1.0.A.0', 'k3.1.0.5_6.0', 'k3.1.0.0.0.o', ' k3.1.0.0.0',
      'k3.1.0.0.0\n', 'k3.1.0.zzzzzzzzzzzz.0', 'k3.1.0.zzzzzzzzzzz.0', 'k3.-1.0.0.0', 'K3.1.0.0.0', '',
    ]
    for (const text of wrong) expect(() => parseCursor(text, 'since', 'k3'), text).toThrow('since: is not a cursor of a log')
  })

  it('of another incarnation is refused in the field that had it', () => {
    expect(() => parseCursor('k4.1.0.0.0', 'before', 'k3')).toThrow('before: is a cursor of a process that was removed, or of another one')
  })
})
