import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import type { ProcessInfo } from '#shared/schemas/process-info'
import { toCompact, toJsonAnswer } from './answers'
import { toReason } from './describe-state'

/** Far below the 50,000 characters from which on Claude Code puts an answer into a file. */
const MAX_CHARS = 30_000
/** Beyond it the processes of a group are told as those of a list. */
const MAX_WHOLE_CHARS = 6000

/** Answers a list, the processes of the caller's project first. */
export function toListAnswer(processes: readonly ProcessInfo[], project: string | undefined): CallToolResult {
  return toJsonAnswer(toListContent(processes, project))
}

/** The rows of a list, those of the caller's project first, as many as fit. */
export function toListContent(processes: readonly ProcessInfo[], project: string | undefined): Record<string, unknown> {
  const own = processes.filter(process => project !== undefined && process.project === project)
  const others = processes.filter(process => !own.includes(process))
  const { rows, leftOut } = thatFit([...own, ...others].map(process => toRow(process, project)))
  return {
    processes: rows,
    total: processes.length,
    ...(leftOut > 0 && { left_out: leftOut, hint: 'Too many for one answer: narrow with filter { state, name_pattern, group }.' }),
  }
}

/** Answers what became of a group, in rows where it is large; `success` is whether all of it is as it was to be. */
export function toGroupAnswer(processes: readonly ProcessInfo[], success: boolean): CallToolResult {
  const whole = processes.map(toCompact)
  const isBrief = JSON.stringify(whole).length > MAX_WHOLE_CHARS
  const { rows, leftOut } = thatFit(isBrief ? processes.map(process => toRow(process, process.project)) : whole)
  return toJsonAnswer({
    success,
    processes: rows,
    ...(leftOut > 0 && { left_out: leftOut, hint: 'Too many for one answer: list_processes with filter { group, state } shows the rest.' }),
  })
}

/** As many rows as one answer holds; what does not fit is counted, never dropped silently. */
function thatFit(rows: Record<string, unknown>[]) {
  let left = MAX_CHARS
  const fitting = rows.findIndex(row => (left -= JSON.stringify(row).length + 1) < 0)
  const shown = fitting < 0 ? rows : rows.slice(0, Math.max(1, fitting))
  return { rows: shown, leftOut: rows.length - shown.length }
}

const MAX_COMMAND = 60
const MAX_DESCRIPTION = 80

/**
 * A row says what runs and how it stands; get_process_status has the rest. The phase is left out where the state says it, the
 * project where it is the caller's.
 */
function toRow(process: ProcessInfo, project: string | undefined): Record<string, unknown> {
  const { id, command, args, state, phase, description, error, ports, cpu_percent: cpu, memory_bytes: memory } = process
  const { group, tags, exit_code, signal, restart_count, next_restart_at, waiting_for, truncated, throttled, pending_changes } = process
  const isPlain = phase === 'idle' || phase === 'running'
  return {
    id,
    command: clip([command, ...args].join(' '), MAX_COMMAND),
    state,
    ...(!isPlain && { phase }),
    ...(ports && ports.length > 0 && { ports }),
    cpu_percent: cpu,
    memory_bytes: memory,
    ...(process.project !== project && { project: process.project }),
    ...(description !== undefined && { description: clip(description, MAX_DESCRIPTION) }),
    group, tags, exit_code, signal,
    ...(error !== undefined && { error: toReason(error) }),
    restart_count, next_restart_at, waiting_for, truncated, throttled, pending_changes,
  }
}

function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}
