import type { SignalName } from '#shared/schemas/signal'
import type { OperatingSystem, ProcessStat } from './operating-system'
import { isAlive, type ProcessIdentity, type RunGroup } from './run-tree'

/** Sends one signal to each process of a run once: to its group as a whole, one by one to what has left that. */
export class SignalSender {
  readonly #os: OperatingSystem
  readonly #run: RunGroup
  readonly #signal: SignalName
  readonly #reached = new Set<string>()
  #isGroupReached = false

  constructor(os: OperatingSystem, run: RunGroup, signal: SignalName) {
    this.#os = os
    this.#run = run
    this.#signal = signal
  }

  /** Call only while a member of the run is in the group: the number may have gone to a stranger else. */
  toGroup(): void {
    // A shim in the same group lives through all signals but this one; it has the exit code to record.
    const isShared = this.#run.group !== this.#run.pid
    if (this.#isGroupReached || (isShared && this.#signal === 'SIGKILL')) return
    this.#isGroupReached = true
    this.#os.signalGroup(this.#run.group, this.#signal)
    this.#os.signalGroup(this.#run.group, 'SIGCONT')
  }

  toAll(members: readonly ProcessStat[]): void {
    const isInGroup = (stat: ProcessStat) => stat.group === this.#run.group
    if (members.some(isInGroup)) this.toGroup()
    for (const stat of members) if (!this.#isGroupReached || !isInGroup(stat)) this.#toOne(stat)
  }

  #toOne(stat: ProcessIdentity): void {
    const key = `${stat.pid}:${stat.startTime}`
    if (this.#reached.has(key) || !isAlive(this.#os, stat)) return
    this.#reached.add(key)
    this.#os.signal(stat.pid, this.#signal)
    this.#os.signal(stat.pid, 'SIGCONT')
  }
}
