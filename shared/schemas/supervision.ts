import { z } from 'zod'
import { Argument, Directory, EnvName, Port, ProcessId, SystemText } from './basics'
import { SignalName } from './signal'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

const whole = (least: number, most: number) => z.int('must be a whole number')
  .min(least, `must be at least ${least}`)
  .max(most, `must be at most ${most}`)

/** Whole milliseconds. */
const Milliseconds = whole(0, DAY_MS)
const Interval = whole(10, DAY_MS)

/** A program with its arguments, run without a shell. */
const CommandLine = z.array(Argument).min(1, 'needs at least the program').max(1000)
  .refine(([program]) => program !== '', 'the program may not be empty')

/** What follows when a run ends by itself (CONTRACT §3). */
export const RestartRules = z.strictObject({
  policy: z.enum(['no', 'on_failure', 'always'], 'must be "no", "on_failure" or "always"').default('no'),
  max_retries: whole(0, 1_000_000).default(10).describe('Restarts in a row before giving up.'),
  backoff_ms: Milliseconds.default(500).describe('First pause; it doubles with each restart.'),
  max_backoff_ms: Milliseconds.default(30_000),
  reset_after_ms: Milliseconds.default(60_000).describe('A run that lasted this long starts the count afresh.'),
})
export type RestartRules = z.output<typeof RestartRules>

const KINDS = ['log', 'http', 'tcp', 'command', 'delay_ms'] as const
const REPEATABLE = ['http', 'tcp', 'command'] as const

/** How to tell that a process is ready: exactly one of the five ways. */
export const ReadyRules = z.strictObject({
  log: z.string().min(1, 'may not be empty').max(1000).refine(isPattern, 'is not a valid regular expression').optional()
    .describe('Regular expression that a line of the run matches.'),
  http: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  status: whole(100, 599).optional().describe('Expected status of http; else any from 200 to 399.'),
  tcp: Port.optional().describe('Port that accepts connections.'),
  host: SystemText.min(1).max(255).optional().describe('Host of tcp; else localhost.'),
  command: CommandLine.optional().describe('Program that exits 0.'),
  delay_ms: Milliseconds.optional(),
  timeout_ms: whole(1, DAY_MS).default(60_000),
  interval_ms: Interval.default(500),
  keep_checking: z.boolean().default(false).describe('Check on; three failures in a row end the run as failed.'),
}).superRefine((rules, context) => {
  const chosen = KINDS.filter(kind => rules[kind] !== undefined)
  const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
  if (chosen.length !== 1) refuse([], `needs exactly one of ${KINDS.join(', ')}`)
  if (rules.status !== undefined && rules.http === undefined) refuse(['status'], 'belongs to http')
  if (rules.host !== undefined && rules.tcp === undefined) refuse(['host'], 'belongs to tcp')
  if (rules.keep_checking && !REPEATABLE.some(kind => rules[kind] !== undefined)) {
    refuse(['keep_checking'], `needs one of ${REPEATABLE.join(', ')}`)
  }
})
export type ReadyRules = z.output<typeof ReadyRules>

/** What of a dependency has to be true before a process starts. */
export const DependencyCondition = z.enum(['started', 'ready', 'succeeded'], 'must be "started", "ready" or "succeeded"')
export type DependencyCondition = z.output<typeof DependencyCondition>
export const Dependencies = z.record(ProcessId, DependencyCondition)
export type Dependencies = z.output<typeof Dependencies>

/** How a process is stopped. */
export const StopRules = z.strictObject({
  signal: SignalName.default('SIGTERM'),
  grace_ms: whole(0, HOUR_MS).default(5000).describe('Then SIGKILL.'),
  command: CommandLine.optional().describe('Run instead of sending the signal.'),
})
export type StopRules = z.output<typeof StopRules>

/** What a process may take. */
export const Limits = z.strictObject({
  memory_bytes: whole(1024 * 1024, Number.MAX_SAFE_INTEGER).optional().describe('Memory of the whole tree; beyond it the run ends as failed.'),
  open_files: whole(8, 1_048_576).optional().describe('Open files of each of its processes.'),
  log_bytes: whole(64 * 1024, Number.MAX_SAFE_INTEGER).optional().describe('Kept log of each stream; else as the settings say (32 MiB).'),
  log_rate_bytes: whole(1024, Number.MAX_SAFE_INTEGER).optional().describe('Sustained output per second; else 4 MB after bursts.'),
})
export type Limits = z.output<typeof Limits>

/** Which files restart a process when they change. */
export const WatchRules = z.strictObject({
  paths: z.array(Directory).min(1, 'needs at least one').max(100).describe('Globs relative to cwd.'),
  ignore: z.array(Directory).max(100).optional(),
  debounce_ms: whole(10, 60_000).default(300),
})
export type WatchRules = z.output<typeof WatchRules>

/** Variables that get a port: a fixed one, or a free one that stays the same. */
export const AssignedPorts = z.record(EnvName, z.union([z.literal('auto'), Port], 'must be "auto" or a port'))
export type AssignedPorts = z.output<typeof AssignedPorts>

/** One dotenv file, or several of which the later ones win; relative to cwd. */
export const EnvFiles = z.union([Directory, z.array(Directory).max(20)], 'must be a path or a list of paths')
export type EnvFiles = z.output<typeof EnvFiles>

/** `open`: stdin takes input; `none`: it is /dev/null. */
export const StdinMode = z.enum(['none', 'open'], 'must be "none" or "open"')
/** `file`: the process writes into its log itself; `pipe`: through `cat`. */
export const OutputMode = z.enum(['file', 'pipe'], 'must be "file" or "pipe"')
/** `session`: it ends with the MCP session that started it; one that anybody else has started is kept. */
export const Lifetime = z.enum(['keep', 'session'], 'must be "keep" or "session"')

function isPattern(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp
  }
  catch {
    return false
  }
}
