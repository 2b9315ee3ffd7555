import { z } from 'zod'
import { Timestamp } from './basics'
import { LogPage, STREAMS } from './logs'

const Count = z.int().nonnegative()
const Run = z.int().positive()

/** Where an error stands: its cursor is good for `around` and `since` as long as the line is kept. */
export const DigestPlace = z.strictObject({
  cursor: z.string(),
  at: Timestamp,
  run: Run,
  stream: z.enum(STREAMS),
  text: z.string(),
})
export type DigestPlace = z.output<typeof DigestPlace>

/** Errors or warnings of one kind: `rank` 3 is an exception, 2 a line that says its level, 1 mere words. */
export const ErrorGroup = z.strictObject({
  level: z.enum(['error', 'warn']),
  rank: z.int().min(1).max(3),
  count: z.int().positive(),
  first: DigestPlace,
  last: DigestPlace,
  /** Causes, then the program's own frames, the innermost first. */
  frames: z.array(z.string()),
  foreign_frames: Count,
  in_newest_run: z.boolean(),
})
export type ErrorGroup = z.output<typeof ErrorGroup>

/** Output that no error was looked for in: `taken` is gone, `behind` will still be read. */
export const UnreadOutput = z.strictObject({
  run: Run,
  kind: z.enum(['taken', 'behind']),
  bytes: z.int().positive(),
  lines: z.int().positive().optional(),
})
export type UnreadOutput = z.output<typeof UnreadOutput>

/** What a log has told of errors since it began, beyond the lines that are kept (CONTRACT §6). */
export const LogDigest = z.strictObject({
  /** In the order of their last occurrence. */
  groups: z.array(ErrorGroup),
  /** Groups that gave way to newer ones. */
  forgotten_groups: Count,
  unread: z.array(UnreadOutput),
  newest_run: Run.optional(),
  /** Lines that were read over all runs. */
  lines: Count,
})
export type LogDigest = z.output<typeof LogDigest>

/** The digest of a log with its newest lines. */
export const ProcessDigest = z.strictObject({ digest: LogDigest, tail: LogPage })
export type ProcessDigest = z.output<typeof ProcessDigest>
