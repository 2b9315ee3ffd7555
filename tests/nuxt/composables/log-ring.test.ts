import { describe, expect, it } from 'vitest'
import { isLine, LogRing, type LogMarker } from '~/composables/log-ring'
import { lines } from './log-lines'

const shown = (ring: LogRing) => ring.rows.map(row => isLine(row) ? row.text : `${row.kind} ${'run' in row ? row.run : row.lines}`)

describe('the ring of a log', () => {
  it('marks where a new run begins, and the first run only at the start of the log', () => {
    const middle = new LogRing()
    middle.append(lines(0, 1))
    middle.append(lines(1, 2, { run: 2 }))
    expect(shown(middle)).toEqual(['line 0', 'run 2', 'line 1'])
    const start = new LogRing()
    start.append(lines(0, 1), true)
    expect(shown(start)).toEqual(['run 1', 'line 0'])
  })

  it('drops the oldest rows beyond its limit and keeps the keys of the others', () => {
    const ring = new LogRing(3)
    ring.append(lines(0, 3))
    const keyOfLast = ring.keyOf(2)
    expect(ring.append(lines(3, 5))).toBe(2)
    expect(shown(ring)).toEqual(['line 2', 'line 3', 'line 4'])
    expect(ring.keyOf(0)).toBe(keyOfLast)
  })

  it('puts older lines first, marks the run that follows them, and keeps keys', () => {
    const ring = new LogRing()
    ring.append(lines(5, 6, { run: 2 }))
    const key = ring.keyOf(0)
    expect(ring.prepend(lines(3, 5, { run: 1 }), true)).toBe(4)
    expect(shown(ring)).toEqual(['run 1', 'line 3', 'line 4', 'run 2', 'line 5'])
    expect(ring.keyOf(4)).toBe(key)
    expect(ring.lineCount).toBe(3)
  })

  it('drops the newest rows when older ones do not fit', () => {
    const ring = new LogRing(4)
    ring.append(lines(3, 6))
    ring.prepend(lines(0, 3))
    expect(shown(ring)).toEqual(['line 0', 'line 1', 'line 2', 'line 3'])
    expect(ring.lineCount).toBe(4)
  })

  it('fills a gap up to the line that follows it, and says what is gone for good', () => {
    const ring = new LogRing()
    ring.append(lines(0, 2))
    const gap: LogMarker = { kind: 'gap', lines: 5, after: 'c1' }
    ring.mark(gap)
    ring.append(lines(7, 8))
    ring.fill(gap, lines(4, 9), 2)
    expect(shown(ring)).toEqual(['line 0', 'line 1', 'dropped 2', 'line 4', 'line 5', 'line 6', 'line 7'])
    expect(ring.lineCount).toBe(6)
  })

  it('keeps what is left of a gap of more lines than were read', () => {
    const ring = new LogRing()
    ring.append(lines(0, 2))
    const gap: LogMarker = { kind: 'gap', lines: 5, after: 'c1' }
    ring.mark(gap)
    ring.append(lines(7, 8))
    ring.fill(gap, lines(3, 5), 1)
    expect(shown(ring)).toEqual(['line 0', 'line 1', 'dropped 1', 'line 3', 'line 4', 'gap 2', 'line 7'])
    expect(ring.rows[5]).toMatchObject({ after: 'c4' })
    expect(ring.lineCount).toBe(5)
  })
})
