import { z } from 'zod'
import { Timestamp } from './basics'

export const STREAMS = ['stdout', 'stderr'] as const
export type StreamName = (typeof STREAMS)[number]

export const StreamChoice = z.enum([...STREAMS, 'both'])
export type StreamChoice = z.output<typeof StreamChoice>

/** Lines in one answer: 1 to 10000. */
export const LineCount = z.int('must be a whole number').min(1, 'must be at least 1').max(10_000, 'must be at most 10000')

/** What to read of a log. `since` and `before` exclude the line they name. */
export const LogQuery = z.strictObject({
  stream: StreamChoice.default('both'),
  lines: LineCount.default(100),
  since: z.string().optional(),
  before: z.string().optional(),
  run: z.int().positive().optional(),
})
export type LogQuery = z.output<typeof LogQuery>

export const LogLine = z.strictObject({
  cursor: z.string(),
  at: Timestamp,
  stream: z.enum(STREAMS),
  run: z.int().positive(),
  text: z.string(),
})
export type LogLine = z.output<typeof LogLine>

/** A piece of a log in time order; `since=next` goes on without gap or repetition (CONTRACT §4). */
export const LogPage = z.strictObject({
  lines: z.array(LogLine),
  next: z.string(),
  dropped: z.int().nonnegative(),
  first_cursor: z.string(),
  partial: z.literal(true).optional(),
})
export type LogPage = z.output<typeof LogPage>
