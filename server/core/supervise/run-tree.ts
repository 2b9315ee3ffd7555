import { setTimeout as sleep } from 'node:timers/promises'
import type { OperatingSystem, ProcessStat } from './operating-system'
import type { ProcessScan } from './process-scan'
import type { ProcessTable } from './process-table'

/** The process group of a run, with what tells it from a later one that got the same number. */
export interface RunGroup {
  /** Pid of the leader; where it leads a session of its own, the number of that too. */
  pid: number
  /** Number of the process group: the pid of the leader, or of the shim where the two share one. */
  group: number
  /** Start time of the leader. */
  startTime: string
  /** The random mark in the environment of everything the run has started. */
  runId: string
  /** This host has seen the leader alive: the number cannot have been given away in between. */
  isObserved: boolean
}

/** What tells one process from a later one with the same pid. */
export type ProcessIdentity = Pick<ProcessStat, 'pid' | 'startTime'>

const UNSURE_MS = 2
const MAX_UNSURE_SCANS = 30

/**
 * Everything of a run that lives, as a scan shows it: its group, its session, and what carries its mark after it left
 * both. Zombies do not count: some pid 1 never collects them.
 */
export function membersIn(scan: ProcessScan, run: RunGroup): ProcessStat[] {
  const since = Number(run.startTime)
  scan.settle(since)
  const living = scan.processes.filter(stat => !stat.isZombie && Number(stat.startTime) >= since)
  const keepers = keepersOf(living, run)
  const near = living.filter(stat => isNear(stat, run) && !keepers.has(stat.pid))
  const isOurs = isNumberOurs(scan, run, near)
  return living.filter(stat => scan.markOf(stat) === run.runId || (isOurs && near.includes(stat)))
}

/** Everything of a run that lives, by a scan that may be a few ms old: for those who only look. */
export function livingProcesses(table: ProcessTable, run: RunGroup): ProcessStat[] {
  return membersIn(table.recent(), run)
}

/** Everything of a run that lives, by a scan of its own. An empty answer is certain. */
export async function survivors(table: ProcessTable, run: RunGroup): Promise<ProcessStat[]> {
  const since = Number(run.startTime)
  for (let scans = 1; ; scans++) {
    const scan = await table.fresh(since)
    const members = membersIn(scan, run)
    if (members.length > 0 || scan.isSureSince(since) || scans === MAX_UNSURE_SCANS) return members
    await sleep(UNSURE_MS)
  }
}

/** Tells whether this very process runs: its pid exists, is no zombie and has the recorded start time. */
export function isAlive(os: OperatingSystem, { pid, startTime }: ProcessIdentity): boolean {
  const stat = os.stat(pid)
  return stat !== undefined && !stat.isZombie && stat.startTime === startTime
}

/** The leader, its group and its session, whoever else may have these numbers now. */
export function isNear({ pid, group, session }: ProcessStat, run: RunGroup): boolean {
  return pid === run.pid || group === run.group || session === run.pid
}

/**
 * A number whose leader has gone may have been given to a stranger while no host was looking: then one member must
 * carry the mark of the run.
 */
function isNumberOurs(scan: ProcessScan, run: RunGroup, near: ProcessStat[]): boolean {
  const leader = scan.get(run.pid)
  if (leader) return leader.startTime === run.startTime
  return run.isObserved || near.some(stat => scan.markOf(stat) === run.runId)
}

/** Where the shim shares the group of the run, it and what it has started besides (its `cat`s) are no part of the run. */
function keepersOf(living: ProcessStat[], run: RunGroup): Set<number> {
  const keepers = new Set<number>()
  if (run.group === run.pid) return keepers
  keepers.add(run.group)
  let before = 0
  while (keepers.size > before) {
    before = keepers.size
    for (const { pid, parent } of living) if (keepers.has(parent) && pid !== run.pid) keepers.add(pid)
  }
  return keepers
}
