import { isAlive } from '#shared/lifecycle'
import type { ProcessInfo, StartedProcess } from '#shared/schemas/process-info'
import { deadline } from '../deadline'
import type { EventHub } from '../events'

/** What a start or restart waits for before it answers. */
export interface WaitOptions {
  for: 'spawned' | 'ready'
  /** In ms; by default as long as the readiness rules allow, else a minute. */
  timeoutMs?: number | undefined
  /** Aborted when the caller has gone away. */
  signal?: AbortSignal | undefined
}

/** How long is waited where nobody says how long. */
export const DEFAULT_TIMEOUT_MS = 60_000

/**
 * Waits until a process has got as far as its caller wants or rests, at most for the time given: `timed_out` says that.
 * Gives the process as it is then. Throws what `look` throws (`PROCESS_NOT_FOUND` when it was removed meanwhile).
 */
export async function waitUntil(events: EventHub, look: () => ProcessInfo, wait: WaitOptions): Promise<StartedProcess> {
  using end = deadline(wait.timeoutMs ?? look().ready?.timeout_ms ?? DEFAULT_TIMEOUT_MS, wait.signal)
  for (let info = look(); ; info = look()) {
    if (hasArrived(info, wait.for)) return info
    if (end.signal.aborted) return { ...info, timed_out: true }
    await events.next(end.signal)
  }
}

function hasArrived({ phase }: ProcessInfo, goal: WaitOptions['for']): boolean {
  if (phase === 'idle' || phase === 'ready' || phase === 'running') return true
  return goal === 'spawned' && isAlive(phase)
}
