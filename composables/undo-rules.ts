import { can } from '#shared/lifecycle'
import type { ActivityEntry, UndoCall } from '#shared/schemas/activity'
import type { ProcessInfo } from '#shared/schemas/process-info'
import { UNDO_KEPT_MS } from '#shared/undo-time'
import { subjectOf } from './activity-entries'

type Processes = ReadonlyMap<string, ProcessInfo>

export interface UndoView {
  /** All entries known, newest first. */
  entries: readonly ActivityEntry[]
  processes: Processes
  /** The present by the host's clock, in ms. */
  now: number
}

type Part = 'definition' | 'run'

const BOTH: readonly Part[] = ['definition', 'run']
/** What an action changes of a process; of one that is not named here, both. */
const CHANGES: Readonly<Record<string, readonly Part[]>> = {
  start_process: ['run'], stop_process: ['run'], restart_process: ['run'], start_group: ['run'], stop_group: ['run'], restart_group: ['run'],
  update_process: ['definition'], replace_process: ['definition'], send_input: [], clear_process_output: [],
}

/**
 * Tells whether what an entry tells of can be taken back now: its time is not over, nobody changed the same thing since, and
 * the process is as the call needs it.
 */
export function isUndoable(entry: ActivityEntry, { entries, processes, now }: UndoView): boolean {
  if (!entry.undo || now - Date.parse(entry.at) >= UNDO_KEPT_MS || !fits(entry, entry.undo, processes)) return false
  return !entries.some(other => other.seq > entry.seq && overtakes(other, entry, processes))
}

function fits({ process_id: id }: ActivityEntry, { method, path }: UndoCall, processes: Processes): boolean {
  if (id === undefined) return true
  const process = processes.get(id)
  if (method === 'POST' && path === '/api/processes') return process === undefined
  if (!process) return false
  if (path.endsWith('/stop')) return can('stop', process.phase)
  return path.endsWith('/start') ? can('start', process.phase) : true
}

function overtakes(other: ActivityEntry, entry: ActivityEntry, processes: Processes): boolean {
  if (other.result !== 'ok' || !isAboutTheSame(other, entry, processes)) return false
  return changesOf(other).some(part => changesOf(entry).includes(part))
}

const changesOf = ({ action }: ActivityEntry) => CHANGES[action] ?? BOTH

function isAboutTheSame(one: ActivityEntry, other: ActivityEntry, processes: Processes): boolean {
  const [a, b] = [subjectOf(one), subjectOf(other)]
  if (!a || !b) return !a && !b && one.action === other.action
  if (a.kind === b.kind) return a.name === b.name
  const [group, id] = a.kind === 'group' ? [a.name, b.name] : [b.name, a.name]
  return processes.get(id)?.group === group
}

/** What taking back would destroy or end, so that a person is asked first; nothing where it does neither. */
export function lossOf({ undo }: ActivityEntry): 'remove' | 'stop' | 'stop_group' | undefined {
  if (undo?.method === 'DELETE') return 'remove'
  if (!undo?.path.endsWith('/stop')) return undefined
  return undo.path.startsWith('/api/groups/') ? 'stop_group' : 'stop'
}
