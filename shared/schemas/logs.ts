import { z } from 'zod'
import { ProcessId, Timestamp } from './basics'

export const STREAMS = ['stdout', 'stderr'] as const
export type StreamName = (typeof STREAMS)[number]

export const StreamChoice = z.enum([...STREAMS, 'both'])
export type StreamChoice = z.output<typeof StreamChoice>

/** What a line says about itself, the gravest first. */
export const LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LEVELS)[number]

/** Lines in one answer: 1 to 10000. */
export const LineCount = z.int('must be a whole number').min(1, 'must be at least 1').max(10_000, 'must be at most 10000')

/** A regular expression for lines, in the syntax of JavaScript. */
export const LinePattern = z.string().min(1, 'may not be empty').max(200, 'must have at most 200 characters')

const MAX_CONTEXT = 50
const MAX_IDS = 20

/**
 * The fields of every log query. `lines` counts matches over all chosen streams, those of `context` come on top; without
 * `grep` and `level` every line matches. `level: warn` includes errors.
 */
export const logQueryFields = {
  stream: StreamChoice.default('both'),
  lines: LineCount.default(100).describe('Matches at most, over all streams together.'),
  since: z.string().optional().describe('Cursor: the first lines after it.'),
  before: z.string().optional().describe('Cursor: the last lines before it.'),
  around: z.string().optional().describe('Cursor: half of the lines each side, its own included.'),
  run: z.int().positive().optional(),
  grep: LinePattern.optional().describe('Regular expression that lines match.'),
  ignore_case: z.boolean().default(false),
  context: z.int('must be a whole number').min(0, 'must be at least 0').max(MAX_CONTEXT, `must be at most ${MAX_CONTEXT}`).default(0)
    .describe('Lines beside each match, on top of them.'),
  level: z.enum(['error', 'warn']).optional().describe('warn includes errors.'),
  from: Timestamp.optional(),
  to: Timestamp.optional(),
}

/** What the fields of a query may not say together. Schemas that are extended with `safeExtend` keep this check. */
function checkTogether({ value, issues }: z.core.ParsePayload<z.output<z.ZodObject<typeof logQueryFields>>>): void {
  const { since, before, around, from, to, context, grep, level } = value
  const refuse = (field: string, message: string) => issues.push({ code: 'custom', input: value, path: [field], message })
  if (around !== undefined && (since !== undefined || before !== undefined)) refuse('around', 'cannot be given together with since or before')
  if (from !== undefined && to !== undefined && Date.parse(from) > Date.parse(to)) refuse('from', 'must not be later than to')
  if (context > 0 && grep === undefined && level === undefined) refuse('context', 'needs grep or level: without them every line matches')
}

/** What to read of a log. `since` and `before` exclude the line they name, `around` includes it. */
export const LogQuery = z.strictObject(logQueryFields).check(checkTogether)
export type LogQuery = z.output<typeof LogQuery>

const isUnique = (ids: readonly string[]) => new Set(ids).size === ids.length

/** What to read of several logs at once; `ids` may be one string with commas. */
export const MergedLogQuery = LogQuery.safeExtend({
  ids: z.preprocess(
    ids => typeof ids === 'string' ? ids.split(',') : ids,
    z.array(ProcessId).min(1, 'must name a process').max(MAX_IDS, `must be at most ${MAX_IDS} processes`).refine(isUnique, 'names a process twice'),
  ),
})
export type MergedLogQuery = z.output<typeof MergedLogQuery>

/** `context` marks a line that does not match itself but stands beside one that does. */
export const LogLine = z.strictObject({
  cursor: z.string().describe('Its place in the log: opaque, good for since, before and around.'),
  at: Timestamp,
  stream: z.enum(STREAMS),
  run: z.int().positive(),
  text: z.string(),
  level: z.enum(LEVELS).optional(),
  context: z.literal(true).optional().describe('It stands beside a match.'),
})
export type LogLine = z.output<typeof LogLine>

/** A piece of a log in time order; `since=next` goes on without gap or repetition (CONTRACT §4). */
export const LogPage = z.strictObject({
  lines: z.array(LogLine),
  next: z.string().describe('As since it goes on without gap or repetition.'),
  dropped: z.int().nonnegative().describe('Lines that are no longer kept, after the cursor and before the first one here.'),
  first_cursor: z.string().describe('The oldest line that is kept.'),
  partial: z.literal(true).optional().describe('The last line has no end yet.'),
})
export type LogPage = z.output<typeof LogPage>

/** A line of one of several logs. */
export const MergedLogLine = LogLine.extend({ id: ProcessId })
export type MergedLogLine = z.output<typeof MergedLogLine>

/** A piece of several logs in time order; its `next` and `first_cursor` are good for all of them. */
export const MergedLogPage = LogPage.extend({ lines: z.array(MergedLogLine) })
export type MergedLogPage = z.output<typeof MergedLogPage>
