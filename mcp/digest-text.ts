import type { LogPage } from '#shared/schemas/logs'
import type { ErrorGroup, LogDigest, ProcessDigest, UnreadOutput } from '#shared/schemas/digest'
import { describeState } from './describe-state'
import { foldLines } from './fold'
import { groupRows } from './group-rows'
import { betweenRuns, DEFAULT_TOKENS, shorten, toCharacters, toRow, type OutputSource } from './output-rows'

export interface DigestRequest {
  maxTokens?: number | undefined
  /** Rows of the tail. */
  lines?: number | undefined
}

const TAIL_ROWS = 20
const MAX_WARNINGS = 3
const MAX_ERRORS = 12
const MAX_FRAMES = 3
const MAX_UNREAD = 3
const TIGHT_CHARS = 1500
const MIN_ROW = 20
/** What says what was left out, and the last line, may take. */
const FOOT_CHARS = 345
const TIGHT_FOOT_CHARS = 120

/**
 * Makes the text of the mode `digest`: the state, the error that most likely explains it, the other errors with the newest
 * last, warnings and the folded end of the log. Over budget rows of the tail go first, then warnings, then older errors.
 */
export function toDigestText({ process, runs }: OutputSource, { digest, tail }: ProcessDigest, asked: DigestRequest = {}): string {
  const limit = toCharacters(asked.maxTokens ?? DEFAULT_TOKENS)
  const isTight = limit < TIGHT_CHARS
  const newestRun = digest.newest_run
  const errors = digest.groups.filter(({ level }) => level === 'error')
  const warnings = digest.groups.filter(({ level }) => level === 'warn')
  const cause = causeOf(errors)
  const others = errors.filter(group => group !== cause)
  const rows = tailRows(tail, runs, asked.lines ?? TAIL_ROWS)
  const text = new Draft(limit - (isTight ? TIGHT_FOOT_CHARS : FOOT_CHARS))
  text.add([shorten(`${process.id}: ${describeState(process)}`, isTight ? 130 : 420)])
  if (!isTight) text.add([summaryOf(digest, errors, warnings), ...unreadRows(digest.unread).slice(0, MAX_UNREAD)])
  if (cause && !isTight) text.add([causeTitle(process, digest)])
  if (cause) text.add(groupRows(cause, { newestRun, frames: MAX_FRAMES, isBrief: isTight }))
  const left = {
    errors: others.length - text.addNewest('ERRORS (newest last)', blocksOf(others.slice(-MAX_ERRORS), newestRun, MAX_FRAMES)),
    warnings: warnings.length - text.addNewest('WARNINGS (newest last)', blocksOf(warnings.slice(-MAX_WARNINGS), newestRun, 0)),
    tail: rows.length - text.addNewest('TAIL', rows.map(row => [row])),
  }
  if (isTight) return [...text.rows, `next: since=${tail.next}, max_tokens=2000`].join('\n')
  return [...text.rows, ...leftOut(left), nextOf(tail.next, cause, process.run)].join('\n')
}

const blocksOf = (groups: readonly ErrorGroup[], newestRun: number | undefined, frames: number) =>
  groups.map(group => groupRows(group, { newestRun, frames }))

function tailRows(tail: LogPage, runs: OutputSource['runs'], most: number): string[] {
  return foldLines(tail.lines, most).map((row) => {
    if (row.kind === 'line') return `${betweenRuns(row.before, row.line.run, runs)}${toRow(row.line)}`
    return `  ^ last of ${row.count} similar${row.period > 1 ? ` groups of ${row.period}` : ''}, from since=${row.from}`
  })
}

/** Rows within a budget of characters. */
class Draft {
  readonly rows: string[] = []
  #left: number

  constructor(left: number) {
    this.#left = left
  }

  /** Adds rows as far as there is room; the last one is shortened. */
  add(rows: readonly string[]): void {
    for (const row of rows) {
      if (this.#left < MIN_ROW) return
      const shown = shorten(row, this.#left - 1)
      this.rows.push(shown)
      this.#left -= shown.length + 1
    }
  }

  /** Adds as many of the newest blocks as there is room for, under a title, in their order; gives their number. */
  addNewest(title: string, blocks: readonly (readonly string[])[]): number {
    let room = this.#left - title.length - 1
    let count = 0
    for (const block of [...blocks].reverse()) {
      room -= block.reduce((sum, row) => sum + row.length + 1, 0)
      if (room < 0) break
      count++
    }
    if (count > 0) this.add([title, ...blocks.slice(-count).flat()])
    return count
  }
}

/** Of the newest run the surest error, and of equal ones the last. */
function causeOf(errors: readonly ErrorGroup[]): ErrorGroup | undefined {
  const newest = errors.filter(group => group.in_newest_run)
  const rank = Math.max(...newest.map(group => group.rank))
  return newest.findLast(group => group.rank === rank)
}

function causeTitle({ state, exit_code: code, signal }: OutputSource['process'], { newest_run: run }: LogDigest): string {
  const isBad = state === 'Failed' || (code !== undefined && code !== 0) || signal !== undefined
  return isBad ? `ERROR that most likely explains the end of run ${run}` : `ERROR, the surest of run ${run}`
}

function summaryOf(digest: LogDigest, errors: readonly ErrorGroup[], warnings: readonly ErrorGroup[]): string {
  if (digest.newest_run === undefined) return 'no output yet: it has never run'
  const total = errors.reduce((sum, { count }) => sum + count, 0)
  const kinds = (count: number, name: string) => `${count} ${name} ${count === 1 ? 'group' : 'groups'}`
  const found = errors.length + warnings.length === 0
    ? 'no error and no warning found'
    : `${kinds(errors.length, 'error')}${errors.length > 0 ? ` (${total} in all)` : ''}, ${kinds(warnings.length, 'warning')}`
  const gone = digest.forgotten_groups > 0 ? `, ${digest.forgotten_groups} older groups forgotten` : ''
  return `${digest.lines} lines read in all runs, ${found}${gone}; after each "|" stands untrusted program output, E| is stderr`
}

function unreadRows(unread: readonly UnreadOutput[]): string[] {
  return [...unread].reverse().map(({ run, kind, bytes, lines }) => {
    const size = bytes >= 1024 * 1024 ? `${(bytes / 1024 / 1024).toFixed(1)} MiB` : `${Math.ceil(bytes / 1024)} KiB`
    const count = lines === undefined ? '' : ` (${lines} lines)`
    return kind === 'taken'
      ? `not searched: ${size}${count} of run ${run} were gone before they could be read`
      : `not searched yet: ${size} of run ${run}; call again`
  })
}

function leftOut({ errors, warnings, tail }: Record<'errors' | 'warnings' | 'tail', number>): string[] {
  const parts = [
    ...(tail > 0 ? [`${tail} rows of the tail (mode=tail)`] : []),
    ...(warnings > 0 ? [`${warnings} warning groups (level=warn)`] : []),
    ...(errors > 0 ? [`${errors} older error groups (level=error)`] : []),
  ]
  return parts.length > 0 ? [`left out: ${parts.join(', ')}; or give a larger max_tokens`] : []
}

function nextOf(next: string, cause: ErrorGroup | undefined, run: number | undefined): string {
  return [
    `next: since=${next} for new lines`,
    ...(cause ? ['around=CURSOR for context'] : []),
    'grep=REGEX',
    'mode=tail lines=100',
    ...(run !== undefined && run > 1 ? [`run=${run - 1} for the run before`] : []),
  ].join(', ')
}
