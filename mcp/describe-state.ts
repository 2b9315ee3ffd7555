import type { ProcessInfo } from '#shared/schemas/process-info'
import { cleanLine } from '#shared/clean-text'

const MAX_REASON = 160
const MAX_NAMED = 3

/** Says in words what a process does: state, pid, run, since when, or how it ended, and what it waits for. */
export function describeState(process: ProcessInfo): string {
  return [mainWords(process), ...waitingWords(process), ...logWords(process)].join(', ')
}

function mainWords(process: ProcessInfo): string {
  const { state, phase, pid, error } = process
  if (state === 'NotStarted') return state
  const run = process.run === undefined ? '' : `, run ${process.run}`
  if (state === 'Running') return `Running (${phase})${pid === undefined ? '' : `, pid ${pid}`}${run}${upWords(process)}`
  const ended = process.signal ? `, ended by ${process.signal}` : process.exit_code === undefined ? '' : `, exited ${process.exit_code}`
  const at = process.stopped_at ?? process.failed_at
  return `${state}${run}${ended}${at === undefined ? '' : ` at ${at}`}${error === undefined ? '' : `: ${toReason(error)}`}`
}

function upWords({ uptime_ms: uptime }: ProcessInfo): string {
  if (uptime === undefined) return ''
  const seconds = Math.floor(uptime / 1000)
  if (seconds < 60) return `, up ${seconds}s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `, up ${minutes}m${seconds % 60}s` : `, up ${Math.floor(minutes / 60)}h${minutes % 60}m`
}

function waitingWords({ phase, waiting_for: awaited = {}, restart_count: count, next_restart_at: next }: ProcessInfo): string[] {
  const names = Object.entries(awaited).map(([id, condition]) => `${id} (${condition})`)
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : ''
  const times = count === undefined ? '' : `${count} ${count === 1 ? 'restart' : 'restarts'}`
  return [
    ...(names.length > 0 ? [`waiting for ${names.slice(0, MAX_NAMED).join(' and ')}${more}`] : []),
    ...(phase === 'backoff' ? [`backoff${times && ` after ${times}`}`] : times ? [`${times} so far`] : []),
    ...(phase === 'backoff' && next !== undefined ? [`next start at ${next}`] : []),
  ]
}

function logWords({ throttled, truncated }: ProcessInfo): string[] {
  return [
    ...(throttled ? ['throttled (paused at times: it writes faster than its log allows)'] : []),
    ...(truncated ? ['truncated (it has cut its own log)'] : []),
  ]
}

/** Words of the engine, of which programs may have given a part: one short line. */
export function toReason(text: string): string {
  return cleanLine(text).slice(0, MAX_REASON)
}
