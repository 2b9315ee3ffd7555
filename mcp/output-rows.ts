import type { LogLine } from '#shared/schemas/logs'
import type { ProcessInfo } from '#shared/schemas/process-info'
import type { RunInfo } from '#shared/schemas/runs'
import { cleanLine, toShownLine } from '#shared/clean-text'
import { toReason } from './describe-state'

/** A token is counted as 2.3 characters: what log lines really cost. */
const CHARACTERS_PER_TOKEN = 2.3
export const DEFAULT_TOKENS = 2000

/** Whose output it is, and what is known of its runs. */
export interface OutputSource { process: ProcessInfo, runs: readonly RunInfo[] }

/** Gives the characters that a number of tokens allows. */
export const toCharacters = (tokens: number) => Math.floor(tokens * CHARACTERS_PER_TOKEN)

/** One line of a program behind its mark; a line beside a match has another one. Whole lines are for `raw` only. */
export function toRow({ stream, text, context }: Pick<LogLine, 'stream' | 'text' | 'context'>, isWhole = false): string {
  return `${stream === 'stderr' ? 'E' : ' '}${context ? ':' : '|'} ${isWhole ? cleanLine(text) : toShownLine(text)}`
}

/** A row of ours where a new run begins: how the one before it ended, and when. */
export function betweenRuns(before: number | undefined, run: number, runs: readonly RunInfo[]): string {
  if (before === undefined || before === run) return ''
  const ended = runs.find(info => info.run === before)
  return `-- ${ended ? `${endOf(ended)}; ` : ''}run ${run} --\n`
}

/** Shortens words of ours, or a row, to so many characters. */
export function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, Math.max(0, most - 1))}…`
}

/** What the codes say already, the reason need not. */
const PLAIN_END = /^(?:exited with code|ended by) \S+$/

function endOf({ run, exit_code: code, signal, reason, ended_at: at }: RunInfo): string {
  const how = code === undefined ? 'ended' : `exited ${code}`
  const why = reason === undefined || PLAIN_END.test(reason) ? '' : `: ${toReason(reason)}`
  return `run ${run} ${signal === undefined ? how : `ended by ${signal}`}${at === undefined ? '' : ` at ${at}`}${why}`
}
