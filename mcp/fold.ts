import type { LogLine } from '#shared/schemas/logs'
import { toTemplate } from '#shared/line-template'
import { cleanLine } from '#shared/clean-text'

/** A line, or how many of its kind came before the lines above it. */
export type FoldedRow = { kind: 'line', line: LogLine, before: number | undefined } | { kind: 'fold', count: number, period: number, from: string }

const MAX_PERIOD = 4

/**
 * Folds lines that repeat: of a series whose kinds come again every 1 to 4 lines the newest ones stay, with a note of
 * how many came before. Gives rows with at most `most` of the newest lines, oldest first.
 */
export function foldLines(lines: readonly LogLine[], most: number): FoldedRow[] {
  const kinds = lines.map(({ run, stream, text }) => `${run} ${stream} ${toTemplate(cleanLine(text))}`)
  const blocks: FoldedRow[][] = []
  let end = lines.length
  for (let left = most; end > 0 && left > 0;) {
    const { period, times } = repetitionBefore(kinds, end)
    const first = end - Math.min(period, left)
    const block: FoldedRow[] = lines.slice(first, end).map((line, index) => ({ kind: 'line', line, before: lines[first + index - 1]?.run }))
    const from = lines[end - period * times]?.cursor
    if (times > 1 && from !== undefined) block.push({ kind: 'fold', count: times, period, from })
    blocks.unshift(block)
    left -= period
    end -= period * times
  }
  return blocks.flat()
}

/** The series that ends at `end`: the one that covers most lines. A period of 1 must come three times to be worth a row. */
function repetitionBefore(kinds: readonly string[], end: number): { period: number, times: number } {
  let best = { period: 1, times: 1 }
  for (let period = 1; period <= MAX_PERIOD; period++) {
    let times = 1
    while (isSame(kinds, { end: end - period * times, period, other: end })) times++
    const isWorthIt = times >= (period === 1 ? 3 : 2)
    if (isWorthIt && period * times > best.period * best.times) best = { period, times }
  }
  return best
}

function isSame(kinds: readonly string[], { end, period, other }: { end: number, period: number, other: number }): boolean {
  if (end - period < 0) return false
  for (let back = 1; back <= period; back++) {
    if (kinds[end - back] !== kinds[other - back]) return false
  }
  return true
}
