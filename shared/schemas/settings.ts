import { z } from 'zod'

/** What agents may do: everything, or only look. */
export const AgentAccess = z.enum(['allow', 'read_only'], 'must be "allow" or "read_only"')
export type AgentAccess = z.output<typeof AgentAccess>

/** What people can set about a host (CONTRACT §4, settings). */
export const Settings = z.strictObject({
  agents: AgentAccess.describe('What agents may do on this host.'),
  default_log_bytes: z.int('must be a whole number')
    .min(64 * 1024, 'must be at least 65536')
    .max(Number.MAX_SAFE_INTEGER, `must be at most ${Number.MAX_SAFE_INTEGER}`)
    .describe('Kept log of each stream where a definition has no limits.log_bytes.'),
  activity_limit: z.int('must be a whole number').min(1, 'must be at least 1').max(10_000, 'must be at most 10000')
    .describe('How many entries of the activity are kept.'),
})
export type Settings = z.output<typeof Settings>

/** Settings to change; the others stay. */
export const SettingsPatch = Settings.partial()
export type SettingsPatch = z.output<typeof SettingsPatch>
