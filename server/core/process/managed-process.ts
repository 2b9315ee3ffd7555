import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Caller } from '#shared/caller'
import { failure } from '#shared/errors'
import { isAlive, type LifecycleAction, type ProcessPhase, refusalOf } from '#shared/lifecycle'
import type { ProcessDefinition } from '#shared/schemas/definition'
import type { ProcessInfo } from '#shared/schemas/process-info'
import type { RunInfo } from '#shared/schemas/runs'
import { ProcessLog } from '../logs/process-log'
import { type ProcessStateFile, writeProcessState } from '../state/process-state'
import type { SnapshotEntry } from '../state/snapshot-file'
import { reasonOf } from '../state/snapshot-store'
import type { RunExit, RunSpec } from '../supervise/ctl'
import { isGoneWithin, type RunGroup, terminate, type TerminateOptions } from '../supervise/terminate'
import { describe, stateOf } from './describe'
import type { Engine } from './engine'
import { prepareLaunch, startRun } from './start-run'
import type { FoundRun, Run } from './run'

/** What follows once a stop is done. */
export type AfterStop = 'rest' | 'start' | 'remove'

export const DEFAULT_STOP: TerminateOptions = { signal: 'SIGTERM', graceMs: 5000 }

/** Processes that a leader left behind may end by themselves for this long before they are ended. */
const SETTLE_MS = 50
const FINISH_AGAIN_MS = 1000

/**
 * One process: its definition, its newest run, and what is wanted of it. Its methods run inside the queue of its id;
 * only `info` may be asked at any time.
 */
export class ManagedProcess {
  readonly log: ProcessLog
  readonly #engine: Engine
  readonly #dir: string
  #entry: SnapshotEntry
  #remembered: ProcessStateFile
  #phase: ProcessPhase = 'idle'
  #run: Run | undefined
  /** The runs this host has seen, oldest first. */
  #runs: Run[] = []

  constructor(engine: Engine, dir: string, entry: SnapshotEntry, remembered: ProcessStateFile) {
    this.#engine = engine
    this.#dir = dir
    this.#entry = entry
    this.#remembered = remembered
    this.log = new ProcessLog({ id: entry.definition.id, ticker: engine.ticker, incarnation: remembered.incarnation, log: engine.log })
  }

  get id(): string {
    return this.#entry.definition.id
  }

  get definition(): ProcessDefinition {
    return this.#entry.definition
  }

  get info(): ProcessInfo {
    return describe(this.#facts)
  }

  /** The runs, newest first. */
  get runs(): RunInfo[] {
    return this.#runs.map(toRunInfo).reverse()
  }

  /** The definition as `snapshot.yaml` keeps it, with the state of this moment. */
  get entry(): SnapshotEntry {
    return { ...this.#entry, state: stateOf(this.#facts) }
  }

  get isAlive(): boolean {
    return isAlive(this.#phase)
  }

  get remembered(): Readonly<ProcessStateFile> {
    return this.#remembered
  }

  get newestRun(): number {
    return this.#run?.number ?? 0
  }

  /** Throws the code of the lifecycle table when `action` is not possible now. */
  check(action: LifecycleAction): void {
    const refusal = refusalOf(action, this.#phase)
    if (!refusal) return
    const { id, info: { pid, state } } = this
    throw refusal === 'NOT_RUNNING' ? failure(refusal, { id, state }) : failure(refusal, { id, pid })
  }

  /** Takes a changed definition that is already stored. */
  redefine(entry: SnapshotEntry): void {
    this.#entry = entry
    this.#publish()
  }

  /** Takes the newest run as a host has found it, alive or ended. */
  adopt(found: FoundRun): void {
    if (found.kind === 'ended') {
      const leader = found.leader ?? { pid: 0, startTime: '' }
      this.#run = { ...found, leader, exited: Promise.resolve(found.exit), isObserved: false }
      this.#runs.push(this.#run)
      return
    }
    const exited = this.#engine.exits.exitOf({ runDir: found.dir, leader: found.leader })
    const isObserved = this.#engine.os.stat(found.leader.pid)?.startTime === found.leader.startTime
    this.#follow({ ...found, exited, isObserved })
  }

  /**
   * Starts a run. Throws `ALREADY_RUNNING`, or why the start cannot happen (`COMMAND_NOT_FOUND`, `CWD_NOT_FOUND` …);
   * the process is then `Failed` with that reason.
   */
  async start(caller: Caller): Promise<void> {
    this.check('start')
    const number = this.newestRun + 1
    const runDir = join(this.#dir, 'runs', String(number))
    const { id, definition } = this
    try {
      const path = definition.env.PATH ?? caller.path ?? this.#remembered.path ?? this.#engine.environment.PATH ?? ''
      await prepareLaunch(definition, path)
      await rm(runDir, { recursive: true, force: true })
      await mkdir(runDir, { recursive: true, mode: 0o700 })
      await this.#store({ path: caller.path ?? this.#remembered.path, start_error: undefined })
      const spec: RunSpec = {
        run: number,
        run_id: randomBytes(16).toString('hex'),
        boot_id: this.#engine.bootId,
        started_at: new Date().toISOString(),
        definition,
        created_at: this.#entry.created_at,
      }
      this.#follow(await startRun(this.#engine, this.log, { dir: runDir, spec, path }))
      if (this.#remembered.intent) await this.#remember({ intent: undefined })
    }
    catch (thrown) {
      const error = asStorageFailure(thrown, `Run ${number} of "${id}"`)
      const at = new Date().toISOString()
      await this.#remember({ start_error: { run: this.newestRun, message: messageOf(error), at }, intent: undefined })
      this.#move('idle', messageOf(error))
      throw error
    }
  }

  /** Ends the run with its whole group, and comes back when all of it has gone. Throws `NOT_RUNNING`. */
  async stop({ signal, graceMs }: TerminateOptions, then: AfterStop = 'rest'): Promise<void> {
    this.check('stop')
    const run = this.#run
    if (!run) return
    const deadline = new Date(Date.now() + graceMs).toISOString()
    await this.#remember({ stopped_run: run.number, intent: { run: run.number, signal, deadline, then } })
    this.#move('stopping', `asked for: ${signal}`)
    try {
      await terminate(this.#engine.os, groupOf(run), { signal, graceMs })
    }
    catch (error) {
      this.#move('running', messageOf(error))
      throw error
    }
    await this.finish(run, await run.exited)
    if (then === 'rest') await this.#remember({ intent: undefined })
  }

  /** Marks the newest run as one that a shutdown stops: the next host starts it again where that is wanted. */
  async markShutdown(): Promise<void> {
    await this.#remember({ shutdown_run: this.newestRun })
  }

  /** Notes that a host of this boot looks after the process. */
  async settle(): Promise<void> {
    if (this.#remembered.boot_id !== this.#engine.bootId) await this.#remember({ boot_id: this.#engine.bootId })
  }

  /** Deals with the end of a run: ends what its leader left behind, closes its log. Once only. */
  async finish(run: Run, exit: RunExit): Promise<void> {
    if (run.exit) return
    if (!await isGoneWithin(this.#engine.os, groupOf(run), SETTLE_MS)) {
      this.#move('stopping', 'its leader left processes behind')
      await terminate(this.#engine.os, groupOf(run), DEFAULT_STOP)
      await this.#remember({ leftovers_run: run.number })
    }
    await this.log.end(run.number, exit.at)
    run.exit = exit
    if (this.#run === run) this.#move('idle', wordsOf(exit))
  }

  #follow(run: Run): void {
    this.#run = run
    this.#runs = [...this.#runs, run].slice(-100)
    this.#move('running', `run ${run.number}`)
    void run.exited.then(exit => this.#finishSurely(run, exit)) // never rejects
  }

  /** An end that cannot be dealt with now (too many open files, say) must not stay undone: the process would seem to run on. */
  async #finishSurely(run: Run, exit: RunExit): Promise<void> {
    while (!run.exit) {
      try {
        await this.#engine.queue.run(this.id, () => this.finish(run, exit))
      }
      catch (error) {
        this.#engine.log.error('process', 'the end of a run could not be dealt with yet', { id: this.id, run: run.number, error })
        await sleep(FINISH_AGAIN_MS, undefined, { ref: false })
      }
    }
  }

  get #facts() {
    const { definition, created_at: createdAt, updated_at: updatedAt } = this.#entry
    return { definition, createdAt, updatedAt, phase: this.#phase, run: this.#run, remembered: this.#remembered }
  }

  #move(phase: ProcessPhase, why: string): void {
    const from = this.#phase
    this.#phase = phase
    const { state, pid } = this.info
    this.#engine.log.info('process', `${this.id}: ${from} → ${phase} (${state})`, { why, pid })
    this.#publish()
  }

  #publish(): void {
    this.#engine.events.publish({ type: 'process.changed', data: this.info })
  }

  async #store(change: Partial<ProcessStateFile>): Promise<void> {
    this.#remembered = { ...this.#remembered, ...change }
    await writeProcessState(this.#dir, this.#remembered)
  }

  /** Stores where that is possible: a full disk must not keep a process from being stopped. */
  async #remember(change: Partial<ProcessStateFile>): Promise<void> {
    try {
      await this.#store(change)
    }
    catch (error) {
      this.#engine.log.warn('process', 'what was wanted could not be stored', { id: this.id, reason: reasonOf(error) })
    }
  }
}

function groupOf(run: Run): RunGroup {
  return { ...run.leader, runId: run.spec.run_id, isObserved: run.isObserved }
}

function asStorageFailure(thrown: unknown, action: string): unknown {
  const isFromDisk = thrown instanceof Error && 'code' in thrown && 'syscall' in thrown
  return isFromDisk ? failure('STORAGE_FAILED', { action, reason: reasonOf(thrown) }, thrown) : thrown
}

const messageOf = (error: unknown) => error instanceof Error ? error.message : String(error)

function wordsOf({ end }: RunExit): string {
  if (end.kind === 'code') return `exit code ${end.code}`
  return end.kind === 'signal' ? end.signal : 'exit code lost'
}

function toRunInfo({ number, spec, exit }: Run): RunInfo {
  return {
    run: number,
    started_at: spec.started_at,
    ...(exit && { ended_at: exit.at.toISOString(), reason: exit.end.kind === 'code' ? `exited with code ${exit.end.code}` : wordsOf(exit) }),
    ...(exit?.end.kind === 'code' && { exit_code: exit.end.code }),
    ...(exit?.end.kind === 'signal' && { signal: exit.end.signal }),
  }
}
