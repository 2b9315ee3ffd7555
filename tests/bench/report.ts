import { median, quantile } from './statistics.ts'

/** One line of the table. Without a limit it only informs. */
export interface Row {
  what: string
  unit: string
  p50: number
  p99?: number
  /** The value that p50 must stay below, or at. */
  limit?: { kind: 'below' | 'at most', value: number }
  note?: string
}

/** Makes a row of single measurements. */
export function rowOf(what: string, unit: string, values: readonly number[], rest: Pick<Row, 'limit' | 'note'> = {}): Row {
  return { what, unit, p50: median(values), p99: quantile(values, 0.99), ...rest }
}

export function isMissed({ p50, limit }: Row): boolean {
  if (!limit) return false
  return limit.kind === 'below' ? !(p50 < limit.value) : !(p50 <= limit.value)
}

/** Lays the rows out as one table. */
export function toTable(rows: readonly Row[]): string {
  const cells = rows.map(row => [
    row.what, figure(row.p50), row.p99 === undefined ? '' : figure(row.p99), row.unit,
    row.limit ? `${row.limit.kind === 'below' ? '<' : '≤'} ${row.limit.value}` : '', verdict(row), row.note ?? '',
  ])
  const all = [['', 'p50', 'p99', '', 'target', '', ''], ...cells]
  const widths = all[0]?.map((_, column) => Math.max(...all.map(line => line[column]?.length ?? 0))) ?? []
  return all.map(line => line.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join('  ').trimEnd()).join('\n')
}

const verdict = (row: Row) => row.limit ? (isMissed(row) ? 'MISS' : 'pass') : ''

/** Figures stand to the right, words to the left. */
const pad = (cell: string, width: number, column: number) => column === 1 || column === 2 ? cell.padStart(width) : cell.padEnd(width)

function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
