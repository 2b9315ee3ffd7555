import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ctlDirectory } from '../supervise/ctl'
import { livingProcesses } from '../supervise/run-tree'
import { continueAfterCrash, RunPause } from '../supervise/run-pause'
import type { Engine } from './engine'
import { groupOf, type Run } from './run'

/** Who wants a run to stand still: it goes on when none of them does any more. */
export type Holder = 'brake' | 'rotation'

const STAND_STILL_MS = 1000
const POLL_MS = 2

const recordOf = (run: Run) => join(ctlDirectory(run.dir), 'suspended')
const membersOf = (engine: Engine, run: Run) => () => livingProcesses(engine.table, groupOf(run))

/**
 * Suspends a run and lets it go on. That it may be suspended is on record before it is: what a host that crashes leaves
 * suspended is continued by the next one, which may not undo what a person has suspended.
 */
export class Suspension {
  readonly #engine: Engine
  readonly #run: Run
  readonly #pause: RunPause
  readonly #holders = new Set<Holder>()
  #recording: Promise<unknown> | undefined

  constructor(engine: Engine, run: Run) {
    this.#engine = engine
    this.#run = run
    this.#pause = new RunPause({ os: engine.os, group: run.leader.group, members: membersOf(engine, run) })
  }

  /** Suspends the run as soon as that is on record; called again, also what has got away since. */
  hold(holder: Holder): void {
    this.#holders.add(holder)
    this.#recording ??= writeFile(recordOf(this.#run), '', { mode: 0o600 }).catch(error => this.#warn(error))
    void this.#recording.then(() => this.#holders.size > 0 && this.#pause.pause()) // never rejects
  }

  /** Lets the run go on where nobody else holds it. */
  letGo(holder: Holder): void {
    if (this.#holders.delete(holder) && this.#holders.size === 0) this.#pause.resume()
  }

  /**
   * Suspends the run and comes back when all of it stands still, with what lets it go on; undefined when it does not
   * within a second (a process that the kernel holds).
   */
  async standStill(): Promise<(() => void) | undefined> {
    const members = membersOf(this.#engine, this.#run)
    for (const end = performance.now() + STAND_STILL_MS; performance.now() < end; await sleep(POLL_MS)) {
      this.hold('rotation')
      await this.#recording
      if (members().every(member => member.isStopped)) return () => this.letGo('rotation')
    }
    this.letGo('rotation')
    return undefined
  }

  /** Nobody will hold it again soon: nothing need be on record. */
  forget(): void {
    if (this.#holders.size > 0) return
    const recording = this.#recording
    this.#recording = undefined
    void recording?.then(() => rm(recordOf(this.#run), { force: true })).catch(error => this.#warn(error))
  }

  #warn(error: unknown): void {
    this.#engine.log.warn('process', 'what is suspended could not be recorded', { id: this.#run.spec.definition.id, error })
  }
}

/** Lets an adopted run go on that a host had suspended when it crashed. Never rejects. */
export async function continueSuspended(engine: Engine, run: Run): Promise<void> {
  const wasSuspended = await rm(recordOf(run)).then(() => true, () => false)
  if (!wasSuspended) return
  try {
    continueAfterCrash({ os: engine.os, members: membersOf(engine, run) })
  }
  catch (error) {
    engine.log.warn('process', 'what the last host has suspended could not be continued', { id: run.spec.definition.id, error })
  }
}
