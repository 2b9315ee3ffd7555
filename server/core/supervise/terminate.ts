import { setTimeout as sleep } from 'node:timers/promises'
import { failure } from '#shared/errors'
import type { SignalName } from '#shared/schemas/signal'
import { RUN_MARK } from './environment'
import type { OperatingSystem, ProcessStat } from './operating-system'

/** The process group of a run, with what tells it from a later one that got the same number. */
export interface RunGroup {
  /** Pid of the leader, and number of the group. */
  pid: number
  /** Start time of the leader. */
  startTime: string
  /** The random mark in the environment of everything the run has started. */
  runId: string
  /** This host has seen the leader alive: the number cannot have been given away in between. */
  isObserved: boolean
}

export interface TerminateOptions {
  signal: SignalName
  /** How long the group may take after the signal before it is killed. */
  graceMs: number
}

/** How long a killed group may take to vanish: only a process stuck in the kernel takes that long. */
const KILL_LIMIT_MS = 10_000
const POLL_MS = [2, 5, 10, 20, 50]

/** Tells whether any process of the group still runs. Zombies do not count: some pid 1 never collects them. */
export function hasLivingMember(os: OperatingSystem, group: RunGroup): boolean {
  const leader = os.stat(group.pid)
  if (leader?.startTime === group.startTime && leader.group === group.pid && !leader.isZombie) return true
  return os.groupExists(group.pid) && livingMembers(os, group).length > 0
}

/**
 * Ends a whole process group: the signal, SIGCONT (a stopped process would not see it), SIGKILL after the grace.
 * Comes back when no member runs any more. Throws `INTERNAL` when the group outlives SIGKILL.
 */
export async function terminate(os: OperatingSystem, group: RunGroup, { signal, graceMs }: TerminateOptions): Promise<void> {
  if (!hasLivingMember(os, group)) return
  os.signalGroup(group.pid, signal)
  os.signalGroup(group.pid, 'SIGCONT')
  if (await isGoneWithin(os, group, graceMs)) return
  os.signalGroup(group.pid, 'SIGKILL')
  if (await isGoneWithin(os, group, KILL_LIMIT_MS)) return
  const pids = livingMembers(os, group).map(member => member.pid).join(', ')
  throw failure('INTERNAL', { reason: `Pid ${pids} did not end after SIGKILL; the kernel holds it.` })
}

/** Comes back with true as soon as the group is gone, with false after `limitMs`. */
export async function isGoneWithin(os: OperatingSystem, group: RunGroup, limitMs: number): Promise<boolean> {
  const end = performance.now() + limitMs
  for (let round = 0; hasLivingMember(os, group); round++) {
    const left = end - performance.now()
    if (left <= 0) return false
    await sleep(Math.min(left, POLL_MS[round] ?? 50))
  }
  return true
}

/**
 * The members that run. A number whose leader has gone may have been given to a stranger while no host was looking:
 * then one member must carry the mark of the run.
 */
function livingMembers(os: OperatingSystem, group: RunGroup): ProcessStat[] {
  const leader = os.stat(group.pid)
  if (leader && leader.startTime !== group.startTime) return []
  const members = os.processes().filter(member => member.group === group.pid && member.session === group.pid && !member.isZombie)
  if (leader || group.isObserved) return members
  return members.some(member => os.environmentVariable(member.pid, RUN_MARK) === group.runId) ? members : []
}
