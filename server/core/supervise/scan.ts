import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ProcessStat, SystemTables } from './operating-system'

/** How long a scan may hold the event loop at a time. */
const TURN_MS = 5

/** Gives the items one by one and lets the event loop turn whenever the work between them has taken 5 ms. */
export async function* inTurns<T>(items: Iterable<T>): AsyncGenerator<T> {
  let began = performance.now()
  for (const item of items) {
    yield item
    if (performance.now() - began < TURN_MS) continue
    await nextTurn()
    began = performance.now()
  }
}

/** Looks at everything that runs on the machine, zombies included. Unlike `processes()` it is not of one moment. */
export async function scanProcesses(system: Pick<SystemTables, 'pids' | 'stat'>): Promise<ProcessStat[]> {
  const stats: ProcessStat[] = []
  for await (const pid of inTurns(system.pids())) {
    const stat = system.stat(pid)
    if (stat) stats.push(stat)
  }
  return stats
}
