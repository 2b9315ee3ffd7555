import { setTimeout as sleep } from 'node:timers/promises'
import { failure } from '#shared/errors'
import type { SignalName } from '#shared/schemas/signal'
import type { ProcessStat } from './operating-system'
import type { ProcessTable } from './process-table'
import { SignalSender } from './signal-sender'
import { isAlive, type ProcessIdentity, type RunGroup, survivors } from './run-tree'

export interface TerminateOptions {
  signal: SignalName
  /** How long the processes may take after the signal before they are killed. */
  graceMs: number
}

/** How long killed processes may take to vanish: only one that is stuck in the kernel takes that long. */
const KILL_LIMIT_MS = 10_000
const POLL_MS = [2, 5, 10, 20, 50]
/** Every so many rounds, about half a second, the machine is scanned although all that is known lives on. */
const RESCAN_ROUNDS = 12

/** Tells whether anything of the run still lives. */
export async function hasLivingMember(table: ProcessTable, run: RunGroup): Promise<boolean> {
  return isAlive(table.os, run) || (await survivors(table, run)).length > 0
}

/** Comes back with true as soon as nothing of the run lives, with false after `limitMs`. */
export async function isGoneWithin(table: ProcessTable, run: RunGroup, limitMs: number): Promise<boolean> {
  const end = performance.now() + limitMs
  return await watchUntil(table, run, { known: [run], end, onFound: () => {} })
}

/**
 * Ends everything that a run has started: the signal, SIGCONT (a stopped process would not see it), SIGKILL after the
 * grace. Comes back when nothing of it lives. Throws `INTERNAL` when something outlives SIGKILL.
 */
export async function terminate(table: ProcessTable, run: RunGroup, { signal, graceMs }: TerminateOptions): Promise<void> {
  const end = performance.now() + graceMs
  const sender = new SignalSender(table.os, run, signal)
  if (isAlive(table.os, run)) sender.toGroup()
  // A first scan even while the leader lives: what has left its session is to hear of the end as early.
  const isGone = await watchUntil(table, run, { known: [], end, onFound: members => sender.toAll(members) })
  if (!isGone) await kill(table, run)
}

interface Watch {
  /** What was alive before: as long as one of it is, a round costs a look at each, and no scan of the machine. */
  known: readonly ProcessIdentity[]
  end: number
  onFound: (members: ProcessStat[]) => void
}

async function watchUntil(table: ProcessTable, run: RunGroup, { known, end, onFound }: Watch): Promise<boolean> {
  let alive = known.filter(each => isAlive(table.os, each))
  for (let round = 0; ; round++) {
    const isOver = performance.now() >= end
    // What lives on may have left the run meanwhile, by taking its mark off.
    if (alive.length === 0 || isOver || round % RESCAN_ROUNDS === RESCAN_ROUNDS - 1) {
      const members = await survivors(table, run)
      if (members.length === 0) return true
      onFound(members)
      alive = members
    }
    if (isOver) return false
    await pause(round, end)
    alive = alive.filter(each => isAlive(table.os, each))
  }
}

/** Kills until nothing is left: what forks between a look and its death is seen by the next one. */
async function kill(table: ProcessTable, run: RunGroup): Promise<void> {
  const end = performance.now() + KILL_LIMIT_MS
  for (let round = 0; ; round++) {
    const left = await survivors(table, run)
    if (left.length === 0) return
    new SignalSender(table.os, run, 'SIGKILL').toAll(left)
    if (await pause(round, end)) continue
    const pids = left.map(stat => stat.pid).join(', ')
    throw failure('INTERNAL', { reason: `Pid ${pids} did not end after SIGKILL: the kernel holds it, or it belongs to another user.` })
  }
}

/** Waits a little; tells whether there was any time left for it. */
async function pause(round: number, end: number): Promise<boolean> {
  const left = end - performance.now()
  if (left <= 0) return false
  await sleep(Math.min(left, POLL_MS[round] ?? 50))
  return true
}
