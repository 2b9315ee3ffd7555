import type { LogPage, LogQuery, StreamName } from '#shared/schemas/logs'

/** The log of one process over all its kept runs. */
export interface ProcessLogs {
  /** Reads a page. Throws `VALIDATION_FAILED` for an invalid cursor, `RUN_NOT_FOUND` for a run whose log is not kept. */
  page: (query: LogQuery) => Promise<LogPage>
  /** Calls `listener` after the log has grown or a run has ended; the answer ends it. */
  onGrowth: (listener: () => void) => () => void
}

/** What the log keeper is told by the engine about one run. Files exist before `begin`. */
export interface RunLogs {
  /** Number of the run, from 1. */
  run: number
  /** Directory of the run: holds stdout.log and stderr.log. */
  dir: string
}

export type { LogPage, LogQuery, StreamName }
