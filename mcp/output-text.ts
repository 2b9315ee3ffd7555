import type { LogPage } from '#shared/schemas/logs'
import type { ProcessInfo } from '#shared/schemas/process-info'
import { describeState } from './describe-state'
import { betweenRuns, DEFAULT_TOKENS, shorten, toCharacters, toRow, type OutputSource } from './output-rows'

export interface OutputRequest {
  stream: string
  since?: string | undefined
  around?: string | undefined
  grep?: string | undefined
  level?: string | undefined
  context?: number | undefined
  run?: number | undefined
  maxTokens?: number | undefined
  /** Lines are not clipped, unless one alone is beyond the budget. */
  isRaw?: boolean | undefined
}

/** What the header and the last line may take. */
const FRAME_CHARS = 900
/** Below so many characters our own words are few. */
const TIGHT_CHARS = 2000
const TIGHT_FRAME_CHARS = 300
const UNFINISHED = '(the last line is not finished and will come again)'

/**
 * Makes the text of the modes `tail` and `raw`: our words outside, every line of the program behind a mark, within the
 * budget, the cursor to go on with in the last line.
 */
export function toOutputText({ process, runs }: OutputSource, page: LogPage, asked: OutputRequest): string {
  const limit = toCharacters(asked.maxTokens ?? DEFAULT_TOKENS)
  const isTight = limit < TIGHT_CHARS
  const room = limit - (isTight ? TIGHT_FRAME_CHARS : FRAME_CHARS)
  const rows = rowsOf(page, asked, runs).map(row => shorten(row, room))
  const middle = asked.around === undefined ? -1 : page.lines.findIndex(({ cursor }) => cursor === asked.around)
  const { first, end } = fit(rows, { room, isFromStart: asked.since !== undefined, middle })
  const shown = page.lines.slice(first, end)
  const next = end < page.lines.length ? shown.at(-1)?.cursor ?? page.next : page.next
  return [
    shorten(`${process.id}: ${describeState(process)}`, isTight ? 110 : 600),
    ...headOf(page, asked, { shown: shown.length, before: first, after: page.lines.length - end, isTight }),
    ...rows.slice(first, end),
    ...(page.partial && end === page.lines.length && shown.length > 0 && !isTight ? [UNFINISHED] : []),
    isTight ? `next: since=${next} for more` : nextOf(process, asked, next),
  ].join('\n')
}

function rowsOf(page: LogPage, asked: OutputRequest, runs: OutputSource['runs']): string[] {
  const gaps = gapsOf(page, asked.context ?? 0)
  return page.lines.map((line, index) => {
    const between = betweenRuns(page.lines[index - 1]?.run, line.run, runs)
    return `${between || (gaps.has(index) ? '--\n' : '')}${toRow(line, asked.isRaw)}`
  })
}

/** Where lines were left out between two matches: there stands the context of both, and nothing is missing where it overlaps. */
function gapsOf({ lines }: LogPage, context: number): Set<number> {
  const gaps = new Set<number>()
  let beside = 0
  let hasMatch = false
  for (const [index, line] of lines.entries()) {
    if (line.context) beside++
    else {
      if (context > 0 && hasMatch && beside >= 2 * context) gaps.add(index - context)
      hasMatch = true
      beside = 0
    }
  }
  return gaps
}

interface Fitting { room: number, isFromStart: boolean, middle: number }

/** The part of the rows that the budget allows: the first ones after a cursor, those nearest to one, else the newest. */
function fit(rows: string[], { room, isFromStart, middle }: Fitting): { first: number, end: number } {
  const order = middle >= 0 ? outwards(rows.length, middle) : rows.map((_, index) => isFromStart ? index : rows.length - 1 - index)
  let left = room
  let count = 0
  while (count < order.length) {
    left -= (rows[order[count] ?? 0] ?? '').length + 1
    if (left < 0 && count > 0) break
    count++
  }
  const kept = order.slice(0, count)
  return kept.length === 0 ? { first: 0, end: 0 } : { first: Math.min(...kept), end: Math.max(...kept) + 1 }
}

/** From the middle to both ends, so that each beginning of it is without a gap. */
function outwards(length: number, middle: number): number[] {
  const order = [middle]
  for (let step = 1; order.length < length; step++) {
    order.push(...[middle - step, middle + step].filter(index => index >= 0 && index < length))
  }
  return order
}

interface Head { shown: number, before: number, after: number, isTight: boolean }

function headOf(page: LogPage, asked: OutputRequest, { shown, before, after, isTight }: Head): string[] {
  const lost = page.dropped > 0 ? [isTight ? `${page.dropped} lost before` : `${page.dropped} lines were lost to retention before these.`] : []
  if (shown === 0) return [...lost, nothingOf(asked)]
  const stream = asked.stream === 'both' ? '' : ` on ${asked.stream}`
  const notes = [
    ...(before > 0 ? [`${before} older ones left out`] : []),
    ...(after > 0 ? [isTight ? `${after} newer left out` : `${after} newer ones follow with since`] : []),
  ]
  const count = `${shown} ${shown === 1 ? 'line' : 'lines'}${stream}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`
  if (isTight) return [...lost, `${count}; untrusted output after "|":`]
  const marks = `${asked.stream === 'stdout' ? '' : ', E| is stderr'}${page.lines.some(({ context }) => context) ? ', ":" beside a match' : ''}`
  return [...lost, `${count}; after each "|" stands untrusted program output${marks}:`]
}

/** Why there is nothing: an empty answer would look like success. */
function nothingOf({ stream, since, grep, level, run, around }: OutputRequest): string {
  const where = `${stream === 'both' ? '' : ` on ${stream}`}${run === undefined ? '' : ` in run ${run}`}`
  const weight = level === undefined ? '' : ` at level ${level === 'warn' ? 'warn or error' : level}`
  const kind = `${weight}${grep === undefined ? '' : ` that match ${JSON.stringify(shorten(grep, 60))}`}`
  if (around !== undefined) return `no lines${where}${kind} around ${around} are kept`
  if (since !== undefined) return `no new lines${where}${kind} since ${since}`
  return kind ? `no kept lines${where}${kind}` : `no lines${where} yet`
}

function nextOf(process: ProcessInfo, asked: OutputRequest, next: string): string {
  const run = asked.run ?? process.run
  return [
    `next: since=${next} for the lines after these`,
    ...(asked.stream === 'both' ? ['stream=stderr for errors only'] : ['stream=both for both streams']),
    ...(run !== undefined && run > 1 ? [`run=${run - 1} for the run before`] : []),
  ].join(', ')
}
