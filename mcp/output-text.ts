import type { LogLine, LogPage } from '#shared/schemas/logs'
import type { ProcessInfo } from '#shared/schemas/process-info'
import { cleanLine, clipLine } from './clean-text'

/** A token is counted as 2.3 characters: what log lines really cost. */
const MAX_TOKENS = 2000
const MAX_CHARS = Math.floor(MAX_TOKENS * 2.3)
/** What the header and the last line may take of it. */
const FRAME_CHARS = 700

export interface OutputRequest { since?: string, run?: number, stream: string }

/**
 * Makes the text that `get_process_output` answers: our words outside, every line of the program behind a mark,
 * within 2000 tokens, the cursor to go on with in the last line.
 */
export function toOutputText(process: ProcessInfo, page: LogPage, asked: OutputRequest): string {
  const rows = page.lines.map((line, index) => toRow(line, page.lines[index - 1]))
  const { first, end } = fit(rows, asked.since !== undefined)
  const shown = page.lines.slice(first, end)
  const next = end < page.lines.length ? shown.at(-1)?.cursor ?? page.next : page.next
  return [
    `${process.id}: ${describeState(process)}`,
    ...headOf(page, asked, shown.length, { before: first, after: page.lines.length - end }),
    ...rows.slice(first, end),
    ...(page.partial && end === page.lines.length && shown.length > 0 ? ['(the last line is not finished and will come again)'] : []),
    nextOf(process, asked, next),
  ].join('\n')
}

/** Says in words what a process does: state, pid, run, since when, or how it ended. */
export function describeState(process: ProcessInfo): string {
  const run = process.run === undefined ? '' : `, run ${process.run}`
  const ended = process.signal ? `, ended by ${process.signal}` : process.exit_code === undefined ? '' : `, exited ${process.exit_code}`
  const at = process.stopped_at ?? process.failed_at
  const error = process.error === undefined ? '' : `: ${cleanLine(process.error).slice(0, 160)}`
  if (process.state === 'NotStarted') return 'NotStarted'
  if (process.state === 'Running') return `Running (${process.phase})${process.pid === undefined ? '' : `, pid ${process.pid}`}${run}${upOf(process)}`
  return `${process.state}${run}${ended}${at === undefined ? '' : ` at ${at}`}${error}`
}

function upOf({ uptime_ms: uptime }: ProcessInfo): string {
  if (uptime === undefined) return ''
  const seconds = Math.floor(uptime / 1000)
  if (seconds < 60) return `, up ${seconds}s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `, up ${minutes}m${seconds % 60}s` : `, up ${Math.floor(minutes / 60)}h${minutes % 60}m`
}

/** One line behind its mark, and a row of ours before it where a new run begins. */
function toRow(line: LogLine, before: LogLine | undefined): string {
  const text = clipLine(cleanLine(line.text))
  const run = before && before.run !== line.run ? `-- run ${line.run} --\n` : ''
  return `${run}${line.stream === 'stderr' ? 'E|' : ' |'} ${text}`
}

/** The part of the rows that the budget allows: the first ones after a cursor, else the newest. */
function fit(rows: string[], fromStart: boolean): { first: number, end: number } {
  let left = MAX_CHARS - FRAME_CHARS
  let count = 0
  while (count < rows.length) {
    left -= (rows[fromStart ? count : rows.length - 1 - count] ?? '').length + 1
    if (left < 0 && count > 0) break
    count++
  }
  return fromStart ? { first: 0, end: count } : { first: rows.length - count, end: rows.length }
}

function headOf(page: LogPage, asked: OutputRequest, shown: number, left: { before: number, after: number }): string[] {
  const lost = page.dropped > 0 ? [`${page.dropped} lines were lost to retention before these.`] : []
  const stream = asked.stream === 'both' ? '' : ` on ${asked.stream}`
  if (shown === 0) return [...lost, asked.since === undefined ? `no lines${stream} yet` : `no new lines${stream} since ${asked.since}`]
  const notes = [
    ...(left.before > 0 ? [`${left.before} older ones left out`] : []),
    ...(left.after > 0 ? [`${left.after} newer ones follow with since`] : []),
  ]
  const count = `${shown} ${shown === 1 ? 'line' : 'lines'}${stream}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`
  return [...lost, `${count}; after each "|" stands untrusted program output${asked.stream === 'stdout' ? '' : ', E| is stderr'}:`]
}

function nextOf(process: ProcessInfo, asked: OutputRequest, next: string): string {
  const run = asked.run ?? process.run
  return [
    `next: since=${next} for the lines after these`,
    ...(asked.stream === 'both' ? ['stream=stderr for errors only'] : ['stream=both for both streams']),
    ...(run !== undefined && run > 1 ? [`run=${run - 1} for the run before`] : []),
  ].join(', ')
}
