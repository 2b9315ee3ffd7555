import type { ProcessStat } from './operating-system'

/** The members of a tree at one moment, by pid. */
export type TreeStats = ReadonlyMap<number, ProcessStat>

/**
 * Gives the processor time, in ms, that a tree has used between two looks; never negative. The time of a child that has
 * ended is on its parent's account then: what an earlier look has counted of it is taken off there, the rest is new.
 */
export function usedBetween(before: TreeStats, now: TreeStats): number {
  const counted = countedOfEnded(before, now)
  let used = 0
  for (const [pid, stat] of now) {
    const earlier = sameIn(before, stat)
    const own = stat.cpuMs - (earlier?.cpuMs ?? 0)
    const ended = endedIn(stat) - (earlier ? endedIn(earlier) : 0) - (counted.get(pid) ?? 0)
    used += Math.max(0, own) + Math.max(0, ended)
  }
  return used
}

/** The time that is known of members which have ended, by the nearest of their ancestors that still lives. */
function countedOfEnded(before: TreeStats, now: TreeStats): Map<number, number> {
  const counted = new Map<number, number>()
  for (const stat of before.values()) {
    if (sameIn(now, stat)) continue
    const heir = livingAncestor(stat, before, now)
    if (heir) counted.set(heir.pid, (counted.get(heir.pid) ?? 0) + stat.cpuMs + endedIn(stat))
  }
  return counted
}

function livingAncestor(stat: ProcessStat, before: TreeStats, now: TreeStats): ProcessStat | undefined {
  const passed = new Set<number>()
  for (let each = before.get(stat.parent); each && !passed.has(each.pid); each = before.get(each.parent)) {
    if (sameIn(now, each)) return each
    passed.add(each.pid)
  }
  return undefined
}

function sameIn(stats: TreeStats, { pid, startTime }: ProcessStat): ProcessStat | undefined {
  const found = stats.get(pid)
  return found?.startTime === startTime ? found : undefined
}

const endedIn = (stat: ProcessStat) => stat.endedChildrenCpuMs ?? 0
