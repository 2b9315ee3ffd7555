import type { LogDigest } from '#shared/schemas/digest'
import type { LogPage, LogQuery, StreamName } from '#shared/schemas/logs'

/** A query in which what was left out counts as not asked for. */
export type PageQuery = Pick<LogQuery, 'stream' | 'lines'> & Partial<LogQuery>

/** The log of one process over all its kept runs. */
export interface ProcessLogs {
  /** The word that all cursors of this log begin with. */
  readonly incarnation: string
  /**
   * Reads a page. `lines` counts over all chosen streams: the first ones after `since`, the last ones before `before`
   * (with both: the last ones before `before` that come after `since`), half of them up to and with the line of `around` and
   * the others after it, without a cursor the newest. An answer holds at most 16 MiB of text and is shorter where it would
   * hold more. `dropped` counts the lines lost between the cursor and `next`, whichever were wanted.
   * `grep` and `level` choose the lines that count; those of `context` beside them come on top, of the same run and within the
   * cursors and times. `since=next` with the same choice goes on where the search stopped. `from` and `to` are both included.
   * To read from the very start: the page before `first_cursor` is empty and its `next` stands before the oldest kept line.
   * Throws `VALIDATION_FAILED` for an invalid cursor and an invalid or slow pattern, `RUN_NOT_FOUND` for a run whose log is not kept.
   */
  page: (query: PageQuery) => Promise<LogPage>
  /** Tells the errors and warnings of all runs, each kind once, also those whose lines are not kept any more. */
  digest: () => Promise<LogDigest>
  /** Calls `listener` after the log has grown or a run has ended, at most 50 times a second; the answer ends it. */
  onGrowth: (listener: () => void) => () => void
  /** Aborted when the log is closed or removed: nothing will grow any more. */
  readonly closed: AbortSignal
}

/** A run whose log is kept. */
export interface RunLogs {
  /** Number of the run, from 1. */
  run: number
  /** Directory of the run: holds its log files and everything that belongs to them. */
  dir: string
  /** When it ended; absent while it is alive. */
  endedAt?: Date | undefined
}

export type { LogPage, LogQuery, StreamName }
