import type { LogPage } from '#shared/schemas/logs'
import type { ProcessLogs } from './process-logs'

/** What a reader who does not read on may hold in memory. */
const PAGE_LINES = 1000

/**
 * Gives everything that is kept of a log as of now, in time order, by pages read when they are asked for: one that is written
 * to meanwhile ends where it stood. A page's `dropped` counts what went before a slow reader came to it; `partial` stands on
 * the last page only. Throws `Error` when the log is closed or removed meanwhile.
 */
export async function* readWhole(logs: ProcessLogs): AsyncGenerator<LogPage> {
  const { first_cursor: first } = await logs.page({ stream: 'both', lines: 1 })
  const end = new Date().toISOString()
  let { next } = await logs.page({ stream: 'both', lines: 1, before: first })
  for (let isOver = false; !isOver;) {
    const page = await logs.page({ stream: 'both', lines: PAGE_LINES, since: next })
    if (logs.closed.aborted) throw new Error('the log was closed while it was read')
    const lines = page.lines.filter(({ at }) => at <= end)
    isOver = page.next === next || page.partial === true || lines.length < page.lines.length
    const isCut = page.partial === true && lines.length === page.lines.length
    next = page.next
    if (lines.length > 0 || page.dropped > 0) yield { ...page, lines, partial: isCut ? true : undefined }
  }
}
