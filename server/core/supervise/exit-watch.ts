import type { ChildProcess } from 'node:child_process'
import { type FSWatcher, watch } from 'node:fs'
import { ctlDirectory, readExit, type RunExit } from './ctl'
import type { Leader } from './leader'
import type { OperatingSystem } from './operating-system'
import { isAlive } from './run-tree'

const SWEEP_MS = 500
/** How long the exit file may stay empty after the leader has gone before the code counts as lost. */
const LOST_AFTER_MS = 2000
/** The same while its parent has not collected it yet: on a busy machine the shim has not had its turn, or somebody has suspended it. */
const UNCOLLECTED_MS = 6000

interface Watched {
  runDir: string
  leader: Leader
  goneSince: number | undefined
  isUncollected: boolean
  isChecking: boolean
  resolve: (exit: RunExit) => void
  watcher: FSWatcher | undefined
}

/**
 * Notices the ends of runs: at once by the shim's exit or by a watch on `ctl/`, and within 500 ms by a sweep, since
 * neither of the two is certain. A run whose leader has gone without a code is `lost` after some seconds.
 */
export class ExitWatch {
  readonly #os: OperatingSystem
  readonly #runs = new Set<Watched>()
  #sweep: NodeJS.Timeout | undefined

  constructor(os: OperatingSystem) {
    this.#os = os
  }

  /** Waits for the end of a run. `shimProcess` is given when this host has started it. */
  exitOf(run: { runDir: string, leader: Leader }, shimProcess?: ChildProcess): Promise<RunExit> {
    return new Promise((resolve) => {
      const watched: Watched = { ...run, goneSince: undefined, isUncollected: false, isChecking: false, resolve, watcher: undefined }
      this.#runs.add(watched)
      this.#sweep ??= setInterval(() => this.#runs.forEach(each => void this.#check(each)), SWEEP_MS).unref()
      if (shimProcess) shimProcess.once('exit', () => void this.#check(watched))
      else watched.watcher = this.#watchCtl(watched)
      void this.#check(watched)
    })
  }

  close(): void {
    clearInterval(this.#sweep)
    for (const watched of this.#runs) watched.watcher?.close()
    this.#runs.clear()
  }

  #watchCtl(watched: Watched): FSWatcher {
    const watcher = watch(ctlDirectory(watched.runDir), { persistent: false }, () => void this.#check(watched))
    watcher.on('error', () => watcher.close()) // the directory has gone; the sweep goes on
    return watcher
  }

  /** While the leader lives there is no exit to read: the sweep of many quiet runs costs one look at each. */
  async #check(watched: Watched): Promise<void> {
    if (watched.isChecking || !this.#runs.has(watched)) return
    watched.isChecking = true
    const exit = await this.#exitNow(watched)
    watched.isChecking = false
    if (!exit || !this.#runs.delete(watched)) return
    watched.watcher?.close()
    if (this.#runs.size === 0) {
      clearInterval(this.#sweep)
      this.#sweep = undefined
    }
    watched.resolve(exit)
  }

  /** What cannot be looked at now (too many open files, say) is not known to have ended: the next sweep looks again. */
  async #exitNow(watched: Watched): Promise<RunExit | undefined> {
    try {
      if (isAlive(this.#os, watched.leader)) return undefined
      return await readExit(ctlDirectory(watched.runDir)) ?? this.#lost(watched)
    }
    catch {
      watched.goneSince = undefined
      return undefined
    }
  }

  #lost(watched: Watched): RunExit | undefined {
    const now = performance.now()
    const isUncollected = this.#isUncollected(watched.leader)
    if (watched.goneSince === undefined || watched.isUncollected !== isUncollected) {
      watched.goneSince = now
      watched.isUncollected = isUncollected
    }
    const limitMs = isUncollected ? UNCOLLECTED_MS : LOST_AFTER_MS
    return now - watched.goneSince >= limitMs ? { end: { kind: 'lost' }, at: new Date() } : undefined
  }

  /** A zombie of its shim: the code is on its way. One that pid 1 has taken over has lost its shim. */
  #isUncollected({ pid, startTime }: Leader): boolean {
    const stat = this.#os.stat(pid)
    return stat?.startTime === startTime && stat.isZombie && stat.parent > 1
  }
}
