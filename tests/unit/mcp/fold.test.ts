import { describe, expect, it } from 'vitest'
import { foldLines } from '../../../mcp/fold'
import type { LogLine } from '#shared/schemas/logs'

const AT = '2026-11-22T12:00:00.000Z'

function lines(texts: string[], run = 1): LogLine[] {
  return texts.map((text, index) => ({ cursor: `c${index}`, at: AT, stream: 'stdout', run, text }))
}

function shown(texts: string[], most = 20): string[] {
  return foldLines(lines(texts), most).map(row => row.kind === 'line' ? row.line.text : `${row.count}x${row.period} ${row.from}`)
}

describe('foldLines', () => {
  it('keeps the newest of lines that differ in numbers only', () => {
    expect(shown(['start', 'GET /1 200', 'GET /2 200', 'GET /33 200', 'end'])).toEqual(['start', 'GET /33 200', '3x1 c1', 'end'])
  })

  it('leaves two equal lines as they are', () => {
    expect(shown(['a', 'a', 'b'])).toEqual(['a', 'a', 'b'])
  })

  it.each([2, 3, 4])('folds series of %d lines', (period) => {
    const block = ['one', 'two', 'three', 'four'].slice(0, period)
    expect(shown(['start', ...block, ...block, ...block])).toEqual(['start', ...block, `3x${period} c1`])
  })

  it('gives at most so many lines, of which folded ones are one', () => {
    expect(shown(['one', 'two', 'three', 'tick', 'tick', 'tick', 'end'], 3)).toEqual(['three', 'tick', '3x1 c3', 'end'])
  })

  it('does not fold over the border of two runs, and says where it is', () => {
    const rows = foldLines([...lines(['tick', 'tick']), ...lines(['tick', 'tick'], 2)], 20)
    expect(rows.map(row => row.kind === 'line' ? `${row.before}-${row.line.run}` : 'fold')).toEqual(['undefined-1', '1-1', '1-2', '2-2'])
  })

  it('has nothing for nothing', () => {
    expect(foldLines([], 20)).toEqual([])
  })
})
