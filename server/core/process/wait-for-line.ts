import { setTimeout as sleep } from 'node:timers/promises'
import { failure, VantageError } from '#shared/errors'
import type { ProcessInfo } from '#shared/schemas/process-info'
import type { EventHub } from '../events'
import { watchGrowth } from '../logs/growth-watch'
import type { ProcessLogs } from '../logs/process-logs'
import { aborted } from './aborted'
import { currentRun, isOver } from './wait-for-end'

interface Source { events: EventHub, logs: ProcessLogs, look: () => ProcessInfo }

/** As often as a log is looked at while it grows. */
const GAP_MS = 50

/**
 * Waits until a line of the run that a process has now, or is about to get, matches: the newest one that is there already,
 * else the first that comes; an unfinished last line, such as a prompt, counts. Ends with the run, or when `end` aborts.
 * Throws `VALIDATION_FAILED` for `pattern` when it is invalid or too slow, and what `look` throws.
 */
export async function waitForLine({ events, logs, look }: Source, pattern: string, end: AbortSignal) {
  const watch = watchGrowth(logs, end)
  const over = aborted(end)
  const unsubscribe = events.subscribe(event => (event.type === 'process.changed' || event.type === 'process.removed') && watch.note())
  let run: number | undefined
  let since: string | undefined
  try {
    for (;;) {
      watch.reset()
      const process = look()
      run ??= currentRun(process)
      const page = run === undefined ? undefined : await Promise.race([search(logs, { pattern, run, since }), over])
      const [line] = page?.lines ?? []
      if (line) return { process: look(), stage: 'matched' as const, run, line }
      if (end.aborted) return { process: look(), run, stage: 'timed_out' as const }
      if (isOver(process, run)) return { process, run, stage: 'ended' as const }
      since = page?.next ?? since
      await watch.wait()
      await Promise.race([sleep(GAP_MS, undefined, { ref: false }), over])
    }
  }
  finally {
    unsubscribe()
    watch.stop()
  }
}

interface LineSearch { pattern: string, run: number, since: string | undefined }

async function search(logs: ProcessLogs, { pattern, run, since }: LineSearch) {
  try {
    return await logs.page({ stream: 'both', lines: 1, grep: pattern, run, ...(since !== undefined && { since }) })
  }
  catch (error) {
    if (!(error instanceof VantageError) || !error.details) throw error
    throw failure('VALIDATION_FAILED', { problems: error.details.map(problem => ({ ...problem, field: 'pattern' })) }, error)
  }
}
