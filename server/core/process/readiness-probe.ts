import type { ReadyRules } from '#shared/schemas/supervision'
import type { LineMatcher } from '../logs/matcher'
import type { OperatingSystem } from '../supervise/operating-system'

/** Time as the policies see it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now: () => number
  /** Comes back after `ms`; throws when `signal` ends it. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/** What a probe may look at. */
export interface ProbeContext {
  rules: ReadyRules
  /** The run that is to become ready: when it began, and what its own programs get. */
  run: { startedAt: Date, env: Record<string, string>, cwd: string }
  /** Gives the lines of this run, both streams, from its first one on, until `signal` ends it. */
  lines: (signal: AbortSignal) => AsyncIterable<readonly string[]>
  matcher: LineMatcher
  os: OperatingSystem
  clock: Clock
}

/**
 * One try: undefined when the process is ready, else in words why it is not. When `signal` ends it, it leaves nothing
 * behind; it may throw then.
 */
export type Probe = (context: ProbeContext, signal: AbortSignal) => Promise<string | undefined>

/** How long one try may take: a page that is compiled at its first request takes seconds. */
export const TRY_LIMIT_MS = 5000
