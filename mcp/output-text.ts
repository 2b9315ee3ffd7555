import type { LogLine, LogPage } from '#shared/schemas/logs'
import type { ProcessInfo } from '#shared/schemas/process-info'
import type { RunInfo } from '#shared/schemas/runs'
import { cleanLine, clipLine } from '#shared/clean-text'
import { describeState, toReason } from './describe-state'

/** A token is counted as 2.3 characters: what log lines really cost. */
const MAX_TOKENS = 2000
const MAX_CHARS = Math.floor(MAX_TOKENS * 2.3)
/** What the header and the last line may take of it. */
const FRAME_CHARS = 900

/** Whose output it is, and what is known of its runs. */
export interface OutputSource { process: ProcessInfo, runs: readonly RunInfo[] }

export interface OutputRequest { since?: string, run?: number, stream: string }

/**
 * Makes the text that `get_process_output` answers: our words outside, every line of the program behind a mark,
 * within 2000 tokens, the cursor to go on with in the last line.
 */
export function toOutputText({ process, runs }: OutputSource, page: LogPage, asked: OutputRequest): string {
  const rows = page.lines.map((line, index) => `${betweenRuns(page.lines[index - 1]?.run, line.run, runs)}${toRow(line)}`)
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

/** One line behind its mark. */
function toRow({ stream, text }: LogLine): string {
  return `${stream === 'stderr' ? 'E|' : ' |'} ${clipLine(cleanLine(text))}`
}

/** A row of ours where a new run begins: how the one before it ended, and when. */
function betweenRuns(before: number | undefined, run: number, runs: readonly RunInfo[]): string {
  if (before === undefined || before === run) return ''
  const ended = runs.find(info => info.run === before)
  return `-- ${ended ? `${endOf(ended)}; ` : ''}run ${run} --\n`
}

/** What the codes say already, the reason need not. */
const PLAIN_END = /^(?:exited with code|ended by) \S+$/

function endOf({ run, exit_code: code, signal, reason, ended_at: at }: RunInfo): string {
  const how = code === undefined ? 'ended' : `exited ${code}`
  const why = reason === undefined || PLAIN_END.test(reason) ? '' : `: ${toReason(reason)}`
  return `run ${run} ${signal === undefined ? how : `ended by ${signal}`}${at === undefined ? '' : ` at ${at}`}${why}`
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
