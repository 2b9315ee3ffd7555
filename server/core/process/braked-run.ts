import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ctlDirectory } from '../supervise/ctl'
import { livingProcesses } from '../supervise/run-tree'
import { continueAfterCrash, RunPause } from '../supervise/run-pause'
import type { Engine } from './engine'
import { groupOf, type Run } from './run'

const STAND_STILL_MS = 1000

const markOf = (run: Run) => join(ctlDirectory(run.dir), 'braked')

/**
 * Suspends a run and lets it go on for the brake. That it may be suspended is on record before it is: a host that crashes
 * meanwhile leaves it to the next one, which may not undo what a person has suspended.
 */
export class BrakedRun {
  readonly #engine: Engine
  readonly #run: Run
  readonly #pause: RunPause
  #recording: Promise<unknown> | undefined
  #isWanted = false

  constructor(engine: Engine, run: Run) {
    this.#engine = engine
    this.#run = run
    this.#pause = new RunPause({ os: engine.os, group: run.leader.group, members: () => livingProcesses(engine.table, groupOf(run)) })
  }

  pause(): void {
    this.#isWanted = true
    this.#recording ??= writeFile(markOf(this.#run), '', { mode: 0o600 }).catch(error => this.#warn(error))
    void this.#recording.then(() => this.#isWanted && this.#pause.pause()) // never rejects
  }

  resume(): void {
    this.#isWanted = false
    this.#pause.resume()
  }

  /** The brake has let it go for good. */
  release(): void {
    const recording = this.#recording
    this.#recording = undefined
    void recording?.then(() => rm(markOf(this.#run), { force: true })).catch(error => this.#warn(error))
  }

  #warn(error: unknown): void {
    this.#engine.log.warn('brake', 'what is suspended could not be recorded', { id: this.#run.spec.definition.id, error })
  }
}

/**
 * Suspends a run until the answer is called: comes back when all of it stands still, with undefined when that takes too
 * long (a process that the kernel holds).
 */
export async function suspend(engine: Engine, run: Run): Promise<(() => void) | undefined> {
  const members = () => livingProcesses(engine.table, groupOf(run))
  const pause = new RunPause({ os: engine.os, group: run.leader.group, members })
  await writeFile(markOf(run), '', { mode: 0o600 })
  pause.pause()
  const resume = () => {
    pause.resume()
    void rm(markOf(run), { force: true }).catch(() => undefined) // the next host would only continue what runs
  }
  for (const end = performance.now() + STAND_STILL_MS; performance.now() < end; await sleep(2)) {
    if (members().every(member => member.isStopped)) return resume
    pause.pause()
  }
  resume()
  return undefined
}

/** Lets an adopted run go on that a host had suspended when it crashed. Never rejects. */
export async function continueBraked(engine: Engine, run: Run): Promise<void> {
  const wasBraked = await rm(markOf(run)).then(() => true, () => false)
  if (!wasBraked) return
  try {
    continueAfterCrash({ os: engine.os, members: () => livingProcesses(engine.table, groupOf(run)) })
  }
  catch (error) {
    engine.log.warn('brake', 'what the last host has suspended could not be continued', { id: run.spec.definition.id, error })
  }
}
