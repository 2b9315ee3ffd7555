import type { LogLine } from '#shared/schemas/logs'

/** A row of the log that is no line: where a run begins, what is no longer kept, what was not sent. */
export type LogMarker
  = | { kind: 'run', run: number }
    | { kind: 'dropped', lines: number }
    | { kind: 'gap', lines: number, after: string | undefined }

export type LogRow = LogLine | LogMarker

export const RING_ROWS = 100_000

export function isLine(row: LogRow | undefined): row is LogLine {
  return row !== undefined && 'cursor' in row
}

/**
 * The loaded piece of one log, oldest row first, at most 100,000 rows. Plain arrays: nothing in here is reactive.
 * `keyOf` stays the same for a row while others come and go before it.
 */
export class LogRing {
  readonly rows: LogRow[] = []
  readonly #limit: number
  #firstKey = 0
  #markers = 0

  constructor(limit = RING_ROWS) {
    this.#limit = limit
  }

  get isFull(): boolean {
    return this.rows.length >= this.#limit
  }

  get lineCount(): number {
    return this.rows.length - this.#markers
  }

  get room(): number {
    return this.#limit - this.rows.length
  }

  keyOf(index: number): number {
    return this.#firstKey + index
  }

  firstLine(): LogLine | undefined {
    return this.rows.find(isLine)
  }

  lastLine(): LogLine | undefined {
    return this.rows.findLast(isLine)
  }

  /**
   * Appends lines, with a marker where a new run begins; before the very first line only if it is the log's first (`isStart`).
   * Gives the number of oldest rows that had to go.
   */
  append(lines: readonly LogLine[], isStart = false): number {
    return this.#push(withRuns(lines, this.lastLine()?.run ?? (isStart ? undefined : lines[0]?.run)))
  }

  mark(marker: LogMarker): void {
    this.#push([marker])
  }

  #push(rows: readonly LogRow[]): number {
    for (const row of rows) this.rows.push(row)
    this.#markers += countMarkers(rows)
    const surplus = Math.max(0, -this.room)
    if (surplus > 0) this.#markers -= countMarkers(this.rows.splice(0, surplus))
    this.#firstKey += surplus
    return surplus
  }

  /** Puts older lines before the first row; drops the newest rows beyond the limit. Gives the number of rows added. */
  prepend(lines: readonly LogLine[], isStart = false): number {
    const first = this.rows[0]
    const older = withRuns(lines, isStart ? undefined : lines[0]?.run)
    const last = lines.at(-1)
    if (isLine(first) && (last ? last.run !== first.run : isStart)) older.push({ kind: 'run', run: first.run })
    this.rows.unshift(...older)
    this.#markers += countMarkers(older)
    this.#firstKey -= older.length
    if (this.room < 0) this.#markers -= countMarkers(this.rows.splice(this.#limit))
    return older.length
  }

  /**
   * Puts the lines that were missing in the place of a gap, up to the line that follows it; `dropped` are gone for good. A gap
   * of more lines than were read stays behind them.
   */
  fill(gap: LogMarker, lines: readonly LogLine[], dropped = 0): void {
    const at = this.rows.indexOf(gap)
    if (at < 0) return
    const next = this.rows.slice(at).find(isLine)
    const known = lines.findIndex(line => line.cursor === next?.cursor)
    const missing = withRuns(known < 0 ? lines : lines.slice(0, known), this.rows.slice(0, at).findLast(isLine)?.run)
    const rows: LogRow[] = dropped > 0 ? [{ kind: 'dropped', lines: dropped }, ...missing] : missing
    const rest = known < 0 && gap.kind === 'gap' ? gap.lines - dropped - lines.length : 0
    if (rest > 0 && lines.length > 0) rows.push({ kind: 'gap', lines: rest, after: lines.at(-1)?.cursor })
    this.rows.splice(at, 1, ...rows)
    this.#markers += countMarkers(rows) - 1
  }

  clear(): void {
    this.#firstKey += this.rows.length
    this.rows.length = 0
    this.#markers = 0
  }
}

function countMarkers(rows: readonly LogRow[]): number {
  return rows.reduce((count, row) => isLine(row) ? count : count + 1, 0)
}

/** Puts a marker before each line that begins another run than the line before it. */
function withRuns(lines: readonly LogLine[], run: number | undefined): LogRow[] {
  const rows: LogRow[] = []
  let current = run
  for (const line of lines) {
    if (line.run !== current) rows.push({ kind: 'run', run: line.run })
    current = line.run
    rows.push(line)
  }
  return rows
}
