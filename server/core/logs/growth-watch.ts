import type { ProcessLogs } from './process-logs'

/** Remembers between two looks that there is something new, so that nothing falls between looking and waiting. */
export interface GrowthWatch {
  /** What comes from now on is new. */
  reset: () => void
  /** Comes back when something is new, at once where it is already, or when the end has come. */
  wait: () => Promise<void>
  /** Says that there is something new besides what the log tells itself. */
  note: () => void
  stop: () => void
}

/** Watches a log grow until it is stopped or `end` aborts. */
export function watchGrowth(logs: Pick<ProcessLogs, 'onGrowth'>, end: AbortSignal): GrowthWatch {
  let hasGrown = false
  let wake = () => {}
  const note = () => {
    hasGrown = true
    wake()
  }
  const stop = logs.onGrowth(note)
  end.addEventListener('abort', note)
  return {
    reset: () => void (hasGrown = false),
    wait: () => new Promise<void>((resolve) => {
      wake = resolve
      if (hasGrown || end.aborted) resolve()
    }),
    note,
    stop: () => {
      stop()
      end.removeEventListener('abort', note)
    },
  }
}
