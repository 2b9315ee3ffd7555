import type { ProcessInfo } from '#shared/schemas/process-info'
import { toReason } from './describe-state'

/** How a process stands, without its definition: what an answer about something done says of it. */
export function toStanding(process: ProcessInfo): Record<string, unknown> {
  const { state, phase, run, pid, ports, exit_code, signal, error, waiting_for, restart_count, next_restart_at } = process
  const { truncated, throttled, pending_changes, leftovers_ended } = process
  return {
    state,
    ...(phase !== 'idle' && { phase }),
    run, pid,
    ...(ports && ports.length > 0 && { ports }),
    exit_code, signal,
    ...(error !== undefined && { error: toReason(error) }),
    waiting_for, restart_count, next_restart_at, truncated, throttled, pending_changes, leftovers_ended,
  }
}
