import type { OperatingSystem, ProcessStat } from './operating-system'

export interface PausableRun {
  os: Pick<OperatingSystem, 'signal' | 'signalGroup' | 'stat' | 'processes'>
  /** Number of the group and of the session that the run leads. */
  group: number
  /** Everything that belongs to the run, by a look that may be a second old: each is looked at again. */
  members: () => readonly ProcessStat[]
}

/**
 * Suspends a whole run and lets it go on. What a person had suspended before stays so. A signal that cannot be
 * delivered (the process has gone, or became another user's) is not needed or not allowed.
 */
export class RunPause {
  readonly #run: PausableRun
  /** Members that somebody else had suspended before. */
  #foreign = new Map<number, ProcessStat>()
  #paused = new Map<number, ProcessStat>()

  constructor(run: PausableRun) {
    this.#run = run
  }

  /** Suspends what runs; may be called again for what has got away since (a new process, somebody's SIGCONT). */
  pause(): void {
    const { os, group } = this.#run
    const members = this.#members()
    if (this.#paused.size === 0) this.#foreign = byPid(members.filter(member => member.isStopped))
    const isLed = members.some(member => member.pid === group)
    // One call for the group: nothing in it can fork its way out in between.
    if (isLed) attempt(() => os.signalGroup(group, 'SIGSTOP'))
    for (const member of members) {
      if (this.#foreign.has(member.pid)) continue
      this.#paused.set(member.pid, member)
      if (!member.isStopped && !(isLed && member.group === group)) attempt(() => os.signal(member.pid, 'SIGSTOP'))
    }
  }

  /** Continues what `pause` has suspended, and what its processes had forked just before. */
  resume(): void {
    const { os, group } = this.#run
    if (this.#paused.size === 0) return
    const paused = asOfNow(os, [...this.#paused.values()])
    const isLed = paused.some(member => member.pid === group)
    const isWhole = isLed && this.#foreign.size === 0
    if (isWhole) attempt(() => os.signalGroup(group, 'SIGCONT'))
    const forked = isLed && !isWhole ? this.#suspendedInGroup() : []
    for (const [pid, member] of byPid([...paused, ...forked])) {
      if (!(isWhole && member.group === group)) attempt(() => os.signal(pid, 'SIGCONT'))
    }
    this.#paused.clear() // last: what has thrown is done again
  }

  /** The signal to the group may have hit processes that no look at the members had seen yet. */
  #suspendedInGroup(): ProcessStat[] {
    const { os, group } = this.#run
    return os.processes().filter(stat => stat.group === group && stat.isStopped && !this.#foreign.has(stat.pid))
  }

  #members(): ProcessStat[] {
    return asOfNow(this.#run.os, this.#run.members())
  }
}

/**
 * Continues every suspended member of an adopted run. Called after a crash of the host alone, which may have left runs
 * suspended by its brake; at every other end the brake has continued them, and what is suspended is a person's will.
 */
export function continueAfterCrash({ os, members }: Pick<PausableRun, 'os' | 'members'>): void {
  for (const { pid, isStopped } of asOfNow(os, members())) if (isStopped) attempt(() => os.signal(pid, 'SIGCONT'))
}

/** Leaves out who has ended. An old look could take what the brake itself had suspended for a person's will. */
function asOfNow(os: PausableRun['os'], members: readonly ProcessStat[]): ProcessStat[] {
  return members.flatMap(({ pid, startTime }) => {
    const stat = os.stat(pid)
    return stat?.startTime === startTime && !stat.isZombie ? [stat] : []
  })
}

const byPid = (members: readonly ProcessStat[]) => new Map(members.map(member => [member.pid, member]))

/** Another user's process refuses with EPERM; a brake must not end the host for that. */
function attempt(send: () => unknown): void {
  try {
    send()
  }
  catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) throw error
  }
}
