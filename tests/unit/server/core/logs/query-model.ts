import { stripVTControlCharacters } from 'node:util'
import type { LogLine, StreamChoice } from '#shared/schemas/logs'
import { levelOf } from '../../../../../server/core/logs/level'
import type { PageQuery } from '../../../../../server/core/logs/process-logs'

/** A log as one who reads everything sees it: complete lines in order, and the unterminated last one. */
export interface ModelLog { start: string, lines: readonly LogLine[], partial: LogLine | undefined }

export interface Filter {
  stream: StreamChoice
  grep?: string | undefined
  ignore_case?: boolean
  level?: 'error' | 'warn' | undefined
  run?: number | undefined
  context?: number
  from?: string | undefined
  to?: string | undefined
}

/** Whether a query could see a line at all. */
function isVisible({ stream, run, at }: LogLine, filter: Filter): boolean {
  const isChosen = (filter.stream === 'both' || filter.stream === stream) && (filter.run === undefined || filter.run === run)
  return isChosen && at >= (filter.from ?? at) && at <= (filter.to ?? at)
}

/** Whether a query wants a line: the rule, one line at a time. */
export function isWanted(line: LogLine, filter: Filter): boolean {
  const text = line.text.replace(/ … \[\d+ bytes left out\]$/, '')
  const expression = filter.grep === undefined ? /(?:)/ : new RegExp(filter.grep, filter.ignore_case ? 'i' : '')
  const level = levelOf(text, line.stream)
  const hasLevel = filter.level === undefined || level === 'error' || level === filter.level
  return isVisible(line, filter) && hasLevel && (expression.test(text) || expression.test(stripVTControlCharacters(text)))
}

/** The lines of the page that answers a query. */
export function answer({ lines, partial }: ModelLog, query: PageQuery): LogLine[] {
  const { since, before, around, context = 0, lines: limit } = query
  const indexOf = (cursor: string | undefined, without: number) => {
    return cursor === undefined ? without : lines.findIndex(line => line.cursor === cursor)
  }
  const [after, until, middle] = [indexOf(since, -1), indexOf(before, lines.length), indexOf(around, 0)]
  const inRange = lines.flatMap((line, index) => index > after && index < until && isVisible(line, query) ? [index] : [])
  const matches = inRange.filter(index => isWanted(lines[index] ?? never(), query))
  const last = before === undefined && partial && isWanted(partial, query) ? [partial] : []
  const half = Math.ceil(limit / 2)
  const near = around === undefined ? [] : newest(matches.filter(index => index <= middle), half)
  const rest = around === undefined ? matches : matches.filter(index => index > middle)
  const isForwards = around !== undefined || (since !== undefined && before === undefined)
  const most = around === undefined ? limit : limit - half
  const tail = isForwards && rest.length >= most ? [] : last
  const chosen = [...near, ...isForwards ? rest.slice(0, most) : newest(rest, most - tail.length)]
  return [...withContext(lines, { chosen, matches, inRange, context, tail: tail[0] }), ...tail]
}

const newest = (values: readonly number[], count: number) => count > 0 ? values.slice(-count) : []

interface Choice { chosen: number[], matches: number[], inRange: number[], context: number, tail: LogLine | undefined }

/** Goes from each match in both directions, within its run, up to `context` lines far and not beyond a match that is not in the page. */
function withContext(lines: readonly LogLine[], { chosen, matches, inRange, context, tail }: Choice): LogLine[] {
  const all = new Set(matches)
  const given = new Set(chosen)
  const runOf = (index: number | undefined) => index === undefined ? undefined : lines[index]?.run
  const spread = (from: number, step: 1 | -1, run: number | undefined) => {
    for (let count = 1; count <= context; count++) {
      const index = inRange[from + count * step]
      if (index === undefined || runOf(index) !== run || (all.has(index) && !chosen.includes(index))) return
      given.add(index)
    }
  }
  for (const [place, index] of inRange.entries()) {
    if (context === 0 || !chosen.includes(index)) continue
    spread(place, 1, runOf(index))
    spread(place, -1, runOf(index))
  }
  if (tail) spread(inRange.length, -1, tail.run)
  const page = new Set(chosen)
  return [...given].sort((a, b) => a - b).map((index) => {
    const line = lines[index] ?? never()
    return page.has(index) ? line : { ...line, context: true as const }
  })
}

function never(): never {
  throw new Error('there is no such line')
}
