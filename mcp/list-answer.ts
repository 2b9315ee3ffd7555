import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import type { ProcessInfo } from '#shared/schemas/process-info'
import { toCompact, toJsonAnswer } from './answers'

/** Far below the 50,000 characters from which on Claude Code puts an answer into a file. */
const MAX_CHARS = 30_000

/** Answers a list, the processes of the caller's project first; what does not fit is counted, never dropped silently. */
export function toListAnswer(processes: readonly ProcessInfo[], project: string | undefined): CallToolResult {
  const own = processes.filter(process => project !== undefined && process.project === project)
  const others = processes.filter(process => !own.includes(process))
  const rows = [...own, ...others].map(toRow)
  let left = MAX_CHARS
  const fitting = rows.findIndex(row => (left -= JSON.stringify(row).length + 1) < 0)
  if (fitting < 0) return toJsonAnswer({ processes: rows, total: rows.length })
  const shown = Math.max(1, fitting)
  return toJsonAnswer({
    processes: rows.slice(0, shown),
    total: rows.length,
    left_out: rows.length - shown,
    hint: 'Too many for one answer: narrow with filter { state, name_pattern, group }.',
  })
}

/** A row says what runs and how it stands; get_process_status has the rest. */
function toRow(process: ProcessInfo): Record<string, unknown> {
  const { env: _env, created_at: _created, updated_at: _updated, auto_start_on_restore: _auto, ...row } = toCompact(process)
  return row
}
