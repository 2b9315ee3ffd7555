import { isNear, type RunGroup, survivors } from './run-tree'
import type { ProcessTable } from './process-table'

/** What the leader of a run has left behind: processes of its session, or such that have left it for the background. */
export interface Leftovers { kind: 'none' | 'group' | 'daemonised', pids: number[] }

/** Tells what lives of a run whose leader has ended. `daemonised` names only those that have left the session. */
export async function leftoversOf(table: ProcessTable, run: RunGroup): Promise<Leftovers> {
  const left = await survivors(table, run)
  const away = left.filter(stat => !isNear(stat, run))
  if (away.length > 0) return { kind: 'daemonised', pids: away.map(stat => stat.pid) }
  return { kind: left.length > 0 ? 'group' : 'none', pids: left.map(stat => stat.pid) }
}
