import type { LogPage } from '#shared/schemas/logs'
import { completeOnly } from './follow'
import type { ProcessLogs } from './process-logs'

const NEWEST_LINES = 1000
const NEWEST_CHARACTERS = 256 * 1024

/** The newest lines of a log and how many were left out before them. */
export interface CaughtUp { skipped: number, lines: LogPage['lines'], next: string }

/**
 * Brings a reader of both streams who stands at `since` to the newest lines, at most 1000 or about 256 KiB of them. Gives
 * undefined when nothing would be left out.
 */
export async function catchUp(logs: ProcessLogs, since: string): Promise<CaughtUp | undefined> {
  const { lines: newest, next } = completeOnly(await logs.page({ stream: 'both', lines: NEWEST_LINES }))
  let room = NEWEST_CHARACTERS
  const from = newest.findLastIndex(({ text }) => (room -= text.length) < 0)
  const lines = newest.slice(Math.min(from + 1, newest.length - 1))
  const [first] = lines
  if (!first) return undefined
  const skipped = await logs.count(since, first.cursor)
  return skipped > 0 ? { skipped, lines, next } : undefined
}
