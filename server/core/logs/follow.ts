import { setTimeout as delay } from 'node:timers/promises'
import type { LogPage, LogQuery } from '#shared/schemas/logs'
import { watchGrowth } from './growth-watch'
import type { ProcessLogs } from './process-logs'

/** What one reader may hold in memory while it does not read on. */
const PAGE_LINES = 1000
const FULL_CHARACTERS = 1024 * 1024
const MIN_GAP_MS = 20
const MIN_GAP_WHEN_BEHIND_MS = 4

export interface FollowOptions {
  /** Where to go on; without it only what comes from now on is given. */
  since?: string | undefined
  stream: LogQuery['stream']
  signal: AbortSignal
}

/**
 * Gives pages of new complete lines as they come, each once and in order, until `signal` or the log's closing ends it.
 * Nothing is kept for a slow reader: its next page is read from the file when it asks. At most 50 pages a second, 250 for a
 * reader that is behind.
 * Throws `VALIDATION_FAILED` for an invalid `since`.
 */
export async function* follow(logs: ProcessLogs, { since, stream, signal }: FollowOptions): AsyncGenerator<LogPage> {
  const end = AbortSignal.any([signal, logs.closed])
  const growth = watchGrowth(logs, end)
  try {
    let cursor = since ?? (await logs.page({ stream, lines: 1 })).next
    while (!end.aborted) {
      growth.reset()
      const began = performance.now()
      const page = completeOnly(await logs.page({ stream, lines: PAGE_LINES, since: cursor }))
      cursor = page.next
      if (page.lines.length > 0 || page.dropped > 0) yield page
      if (!isFull(page)) await growth.wait()
      await pauseUntil(began + (isFull(page) ? MIN_GAP_WHEN_BEHIND_MS : MIN_GAP_MS), end)
    }
  }
  finally {
    growth.stop()
  }
}

/** Leaves out an unterminated last line: `next` does not pass it either. */
export function completeOnly({ partial, ...page }: LogPage): LogPage {
  return partial ? { ...page, lines: page.lines.slice(0, -1) } : page
}

/** Tells whether a page ends where it was full, and not where the log did. */
export function isFull({ lines }: Pick<LogPage, 'lines'>): boolean {
  return lines.length >= PAGE_LINES || lines.reduce((sum, { text }) => sum + text.length, 0) >= FULL_CHARACTERS
}

/** A timer counts from the beginning of the turn it was set in, and may come before its time. */
async function pauseUntil(time: number, end: AbortSignal): Promise<void> {
  try {
    for (let now = performance.now(); now < time; now = performance.now()) {
      await delay(Math.ceil(time - now), undefined, { ref: false, signal: end })
    }
  }
  catch (error) {
    if (!end.aborted) throw error
  }
}
