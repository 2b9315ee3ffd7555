import { z } from 'zod'
import { Timestamp } from './basics'

/** One run of a process: `reason` says in words why and how it ended. Absent means not applicable (CONTRACT §4, runs). */
export const RunInfo = z.strictObject({
  run: z.int().positive(),
  started_at: Timestamp,
  ended_at: Timestamp.optional(),
  exit_code: z.int().optional(),
  signal: z.string().optional(),
  reason: z.string().optional().describe('Why and how it ended, in words.'),
})
export type RunInfo = z.output<typeof RunInfo>
