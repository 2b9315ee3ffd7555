import { median, quantile } from './statistics.ts'

/** What the same thing takes elsewhere; a peer that could not be measured says why. */
export type Other = { name: string, value: number } | { name: string, reason: string }

/** One line of the table. Without a limit it only informs. */
export interface Row {
  what: string
  unit: string
  /** The median, or the one figure there is; with a `reason` instead it was not measured. */
  p50?: number
  reason?: string
  range?: { min: number, max: number }
  p99?: number
  /** The value that p50 must stay below, or at. */
  limit?: Limit
  /** The same of pm2, supervisor: in the unit of the row. */
  peers?: Other[]
  /** What no program can beat here: in the unit of the row. */
  floor?: Other
  note?: string
}

export interface Limit { kind: 'below' | 'at most', value: number }
type Rest = Pick<Row, 'limit' | 'note' | 'peers' | 'floor'>

/** Makes a row of single measurements. */
export function rowOf(what: string, unit: string, values: readonly number[], rest: Rest = {}): Row {
  const isLong = values.length >= 20
  const note = [values.length < 5 && `${values.length} rounds only: the machine is busy`, rest.note].filter(Boolean).join('; ')
  return {
    what, unit, p50: median(values), range: { min: Math.min(...values), max: Math.max(...values) },
    ...(isLong && { p99: quantile(values, 0.99) }), ...rest, ...(note !== '' && { note }),
  }
}

/** Makes the row of a quotient of two medians, both measured in this run. */
export function ratioOf(what: string, values: readonly number[], { by, ...rest }: Rest & { by: readonly number[] | string }): Row {
  if (typeof by === 'string') return { what, unit: '×', reason: by, ...rest }
  return { what, unit: '×', p50: median(values) / median(by), ...rest }
}

export function isMissed({ p50, limit }: Row): boolean {
  if (!limit || p50 === undefined) return false
  return limit.kind === 'below' ? !(p50 < limit.value) : !(p50 <= limit.value)
}

const HEAD = ['', 'median', 'min–max', 'p99', 'unit', 'target', '', 'peers', 'physical limit', 'note']

/** Lays the rows out as one table for a terminal. */
export function toTable(rows: readonly Row[]): string {
  const all = [HEAD, ...rows.map(toCells)]
  const widths = HEAD.map((_, column) => Math.max(...all.map(line => line[column]?.length ?? 0)))
  return all.map(line => line.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join('  ').trimEnd()).join('\n')
}

/** The same for a page of documentation. */
export function toMarkdown(rows: readonly Row[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`
  const rule = HEAD.map((_, column) => column >= 1 && column <= 3 ? '---:' : '---')
  return [line(HEAD), line(rule), ...rows.map(row => line(toCells(row)))].join('\n')
}

/** What a peer does in less than Vantage, one sentence each. */
export function concessions(rows: readonly Row[]): string[] {
  return rows.flatMap(({ what, unit, p50, peers = [] }) => peers.flatMap((peer) => {
    if (p50 === undefined || !('value' in peer) || peer.value >= p50) return []
    return `${what}: ${peer.name} ${figure(peer.value)} ${unit}, Vantage ${figure(p50)} ${unit}`
  }))
}

function toCells(row: Row): string[] {
  const { what, p50, range, p99, unit, limit, reason, peers = [], floor, note = '' } = row
  return [
    what, p50 === undefined ? 'not measured' : figure(p50), range ? `${figure(range.min)}–${figure(range.max)}` : '',
    p99 === undefined ? '' : figure(p99), unit, limit ? `${limit.kind === 'below' ? '<' : '≤'} ${limit.value}` : '', verdict(row),
    peers.map(other).join('; '), floor ? other(floor) : '', [reason, note].filter(Boolean).join('; '),
  ]
}

const verdict = (row: Row) => row.p50 === undefined ? 'not measured' : row.limit ? (isMissed(row) ? 'MISSED' : 'met') : ''
const other = (it: Other) => 'value' in it ? `${it.name} ${figure(it.value)}` : `${it.name} not measured: ${it.reason}`

/** Figures stand to the right, words to the left. */
const pad = (cell: string, width: number, column: number) => column >= 1 && column <= 3 ? cell.padStart(width) : cell.padEnd(width)

function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
