import type { ProcessInfo } from '#shared/schemas/process-info'
import type { ProcessPhase } from '#shared/lifecycle'

export type StatusLook = 'waiting' | 'busy' | 'running' | 'unready' | 'backoff' | 'failed' | 'stopped' | 'idle' | 'unknown'

/** How a status looks: one name for class and icon, and the key of its word. */
export interface Status { look: StatusLook, word: string }

const BY_PHASE: { readonly [P in Exclude<ProcessPhase, 'idle'>]: Status } = {
  waiting: { look: 'waiting', word: 'status.waiting' },
  starting: { look: 'busy', word: 'status.starting' },
  stopping: { look: 'busy', word: 'status.stopping' },
  running: { look: 'running', word: 'status.running' },
  ready: { look: 'running', word: 'status.ready' },
  unready: { look: 'unready', word: 'status.unready' },
  backoff: { look: 'backoff', word: 'status.backoff' },
}

/** Gives look and word of what a process is doing (dashboard.md §9, the table of phases). */
export function statusOf(process: Pick<ProcessInfo, 'state' | 'phase'>): Status {
  if (process.phase !== 'idle') return BY_PHASE[process.phase]
  if (process.state === 'Failed') return { look: 'failed', word: 'status.failed' }
  if (process.state === 'NotStarted') return { look: 'idle', word: 'status.not_started' }
  return { look: 'stopped', word: 'status.stopped' }
}

/** Tells whether a process failed and nothing is being done about it: one that waits for another try is no failure yet. */
export function hasFailed({ state, phase }: Pick<ProcessInfo, 'state' | 'phase'>): boolean {
  return state === 'Failed' && phase === 'idle'
}

/** When the state that is shown began, in ms since 1970: of a run its start, of an end its time. */
export function sinceOf(process: ProcessInfo): number | undefined {
  const at = process.failed_at ?? process.stopped_at ?? process.started_at
  return at === undefined ? undefined : Date.parse(at)
}

/**
 * Why a process failed, where the pill beside it does not say so already: a bare exit code or signal needs no second sentence,
 * and what waits for its dependencies is past its last failure.
 */
export function reasonOf({ state, phase, error, exit_code: code, signal }: ProcessInfo): string | undefined {
  const isBare = error === `exited with code ${code}` || error === `ended by ${signal}`
  return state === 'Failed' && phase !== 'waiting' && !isBare ? error : undefined
}
