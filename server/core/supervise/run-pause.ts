import type { OperatingSystem, ProcessStat } from './operating-system'

export interface PausableRun {
  os: Pick<OperatingSystem, 'signal' | 'signalGroup' | 'stat'>
  /** Number of the group and of the session that the run leads. */
  group: number
  /** Everything that belongs to the run now, by a fresh look. */
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
    const members = this.#run.members().filter(member => !member.isZombie)
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
    const paused = [...this.#paused.values()].filter(({ pid, startTime }) => os.stat(pid)?.startTime === startTime)
    const hasPaused = this.#paused.size > 0
    this.#paused.clear()
    if (!hasPaused) return
    const isWhole = this.#foreign.size === 0 && paused.some(member => member.pid === group)
    if (isWhole) attempt(() => os.signalGroup(group, 'SIGCONT'))
    const forked = isWhole ? [] : this.#run.members().filter(({ pid, isStopped }) => isStopped && !this.#foreign.has(pid))
    for (const [pid, member] of byPid([...paused, ...forked])) {
      if (!(isWhole && member.group === group)) attempt(() => os.signal(pid, 'SIGCONT'))
    }
  }
}

/**
 * Continues every suspended member of an adopted run. Called after a crash of the host alone, which may have left runs
 * suspended by its brake; at every other end the brake has continued them, and what is suspended is a person's will.
 */
export function continueAfterCrash({ os, members }: Pick<PausableRun, 'os' | 'members'>): void {
  for (const { pid, isStopped } of members()) if (isStopped) attempt(() => os.signal(pid, 'SIGCONT'))
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
