import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import type { ProcessInfo } from '#shared/schemas/process-info'
import { toCompact, toJsonAnswer } from './answers'

/** Far below the 50,000 characters from which on Claude Code puts an answer into a file. */
const MAX_CHARS = 30_000

/** Answers a list, the processes of the caller's project first. */
export function toListAnswer(processes: readonly ProcessInfo[], project: string | undefined): CallToolResult {
  const own = processes.filter(process => project !== undefined && process.project === project)
  const others = processes.filter(process => !own.includes(process))
  const { rows, leftOut } = thatFit([...own, ...others].map(toRow))
  return toJsonAnswer({
    processes: rows,
    total: processes.length,
    ...(leftOut > 0 && { left_out: leftOut, hint: 'Too many for one answer: narrow with filter { state, name_pattern, group }.' }),
  })
}

/** Answers what became of a group; `success` is whether all of it is as it was to be. */
export function toGroupAnswer(processes: readonly ProcessInfo[], success: boolean): CallToolResult {
  const { rows, leftOut } = thatFit(processes.map(toCompact))
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

/** A row says what runs and how it stands; get_process_status has the rest. */
function toRow(process: ProcessInfo): Record<string, unknown> {
  const {
    env: _env, created_at: _created, updated_at: _updated, auto_start_on_restore: _auto,
    restart: _restart, ready: _ready, stop: _stop, limits: _limits, watch: _watch, ...row
  } = toCompact(process)
  return row
}
