import { setTimeout as sleep } from 'node:timers/promises'
import { livingProcesses } from '../supervise/run-tree'
import { continueAfterCrash, RunPause } from '../supervise/run-pause'
import type { Engine } from './engine'
import { groupOf, type Run } from './run'

/** Who wants a run to stand still: it goes on when none of them does any more. */
export type Holder = 'brake' | 'rotation'

const STAND_STILL_MS = 1000
const POLL_MS = 2

const membersOf = (engine: Engine, run: Run) => () => livingProcesses(engine.table, groupOf(run))

/** Suspends a run and lets it go on, for the brake and for the rotation of its log. */
export class Suspension {
  readonly #members: ReturnType<typeof membersOf>
  readonly #pause: RunPause
  readonly #holders = new Set<Holder>()

  constructor(engine: Engine, run: Run) {
    this.#members = membersOf(engine, run)
    this.#pause = new RunPause({ os: engine.os, group: run.leader.group, members: this.#members })
  }

  /** Suspends the run; called again, also what has got away since. */
  hold(holder: Holder): void {
    this.#holders.add(holder)
    this.#pause.pause()
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
    for (const end = performance.now() + STAND_STILL_MS; performance.now() < end; await sleep(POLL_MS)) {
      this.hold('rotation')
      if (this.#members().every(member => member.isStopped)) return () => this.letGo('rotation')
    }
    this.letGo('rotation')
    return undefined
  }
}

/** Lets an adopted run go on that a host had suspended when it crashed. A failure is said. */
export function continueSuspended(engine: Engine, run: Run): void {
  try {
    continueAfterCrash({ os: engine.os, members: membersOf(engine, run) })
  }
  catch (error) {
    engine.log.warn('process', 'what the last host has suspended could not be continued', { id: run.spec.definition.id, error })
  }
}
