import { setTimeout as sleep } from 'node:timers/promises'
import type { Caller } from '#shared/caller'
import { failure } from '#shared/errors'
import { isAlive, type LifecycleAction, type ProcessPhase, refusalOf, type RunEnd } from '#shared/lifecycle'
import type { ProcessDefinition } from '#shared/schemas/definition'
import type { ProcessInfo } from '#shared/schemas/process-info'
import type { Secret } from '#shared/mask-secrets'
import type { RunInfo } from '#shared/schemas/runs'
import type { Dependencies } from '#shared/schemas/supervision'
import { ProcessLog } from '../logs/process-log'
import type { PortConflict, ProcessStateFile, StopIntent } from '../state/process-state'
import type { RunRecords } from '../state/run-records'
import type { SnapshotEntry } from '../state/snapshot-file'
import { reasonOf } from '../state/snapshot-store'
import { ctlDirectory, type RunExit } from '../supervise/ctl'
import { writeInput } from '../supervise/input'
import { describe, reasonOfEnd, stateOf } from './describe'
import { closeRun, toRunRecord } from './end-of-run'
import type { Engine } from './engine'
import { planLaunch } from './launch-plan'
import { Memory } from './memory'
import { findPortConflict } from './port-conflict'
import { RestartPause } from './restart-pause'
import type { EndedRun } from './restart-policy'
import { RunGuard } from './run-guard'
import type { FoundRun, Run } from './run'
import { secretsOf } from './secrets'
import { emptyRunDirectory, newSpec, startRun } from './start-run'
import { continueSuspended } from './suspension'
import { graceOf, stopRun, type StopRequest } from './stop-run'

/** Who wants a start: a caller, the host itself (at its opening, or for a changed file), or the restart policy, which goes on counting. */
export type StartedBy = 'caller' | 'system' | 'policy'

/** For whom a start is, and who wants it. */
export interface Beginning { caller: Caller, by: StartedBy }

const FINISH_AGAIN_MS = 1000

/** What a process is made from when a host opens or it is created. */
export interface ProcessParts {
  /** Its own directory, which exists. */
  dir: string
  entry: SnapshotEntry
  remembered: ProcessStateFile
  records: RunRecords
}

/**
 * One process: its definition, its newest run, and what is wanted of it. Its methods run inside the queue of its id;
 * what only looks may be asked at any time.
 */
export class ManagedProcess implements Disposable {
  readonly log: ProcessLog
  readonly #engine: Engine
  readonly #dir: string
  readonly #records: RunRecords
  readonly #memory: Memory
  readonly #pause: RestartPause
  #entry: SnapshotEntry
  #phase: ProcessPhase = 'idle'
  #run: Run | undefined
  #guard: RunGuard | undefined
  #waitingFor: Dependencies | undefined

  constructor(engine: Engine, { dir, entry, remembered, records }: ProcessParts) {
    this.#engine = engine
    this.#dir = dir
    this.#entry = entry
    this.#memory = new Memory(dir, remembered, engine.log)
    this.#records = records
    this.#pause = new RestartPause(this.#memory, () => engine.neighbours.begin(entry.definition.id, { kind: 'policy' }))
    this.log = new ProcessLog({
      id: entry.definition.id,
      dir,
      ticker: engine.ticker,
      searcher: engine.searcher,
      incarnation: remembered.incarnation,
      log: engine.log,
      scanner: engine.scanner,
      retainedBytes: this.#retainedBytes,
      pause: async () => await this.#guard?.standStill(),
      onTruncated: () => this.#publish(),
    })
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

  /** The definition as `snapshot.yaml` keeps it, with the state of this moment. */
  get entry(): SnapshotEntry {
    return { ...this.#entry, state: stateOf(this.#facts) }
  }

  get phase(): ProcessPhase {
    return this.#phase
  }

  get isAlive(): boolean {
    return isAlive(this.#phase)
  }

  get remembered(): Readonly<ProcessStateFile> {
    return this.#memory.value
  }

  /** The definition that the run was launched with, while it is alive. */
  get launched(): ProcessDefinition | undefined {
    return this.isAlive ? this.#run?.spec.definition : undefined
  }

  /** The MCP session whose end is the end of the process. */
  get boundTo(): string | undefined {
    return this.definition.lifetime === 'session' && this.#phase !== 'idle' ? this.remembered.session : undefined
  }

  get newestRun(): number {
    return this.#run?.number ?? 0
  }

  /** How the newest run ended, where it has. */
  get newestEnd(): RunEnd | undefined {
    return this.#run?.exit?.end
  }

  /** The newest 100 runs, the newest first. */
  get runs(): RunInfo[] {
    const run = this.#run
    return this.#records.list(run && !run.exit ? { run: run.number, started_at: run.spec.started_at } : undefined)
  }

  /** The port that the newest run could not have, where its output or its end says so. */
  async portConflict(): Promise<PortConflict | undefined> {
    const run = this.#run
    if (!run) return undefined
    if (this.isAlive) return await findPortConflict(this.#engine, run, this.log)
    const { verdict } = this.remembered
    return verdict?.run === run.number ? verdict.conflict : undefined
  }

  /** What its output must not show to agents. */
  secrets(): Promise<Secret[]> {
    return secretsOf(this.#engine, this.definition, this.#run)
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
    this.applySettings()
    this.#publish()
  }

  /** Keeps as much of the log as definition and settings say now. */
  applySettings(): void {
    this.log.retainedBytes = this.#retainedBytes
  }

  /** Takes the newest run as a host has found it: alive, ended, or ended without anybody having dealt with that. */
  adopt(found: FoundRun): void {
    if (found.kind === 'open') {
      const exited = this.#engine.exits.exitOf({ runDir: found.dir, leader: found.leader })
      const isObserved = this.#engine.os.stat(found.leader.pid)?.startTime === found.leader.startTime
      const run: Run = { ...found, exited, isObserved }
      if (this.#engine.isAfterCrash) continueSuspended(this.#engine, run)
      return this.#follow(run)
    }
    const leader = found.leader ?? { pid: 0, group: 0, startTime: '' }
    const run: Run = { ...found, exit: undefined, leader, exited: Promise.resolve(found.exit), isObserved: false }
    if (found.spec.boot_id === this.#engine.bootId && !this.#records.has(found.number)) return this.#follow(run, 'stopping')
    this.#run = { ...run, exit: found.exit }
    if (!this.#records.has(found.number)) void this.#record(this.#run, found.exit) // tells its failures itself
    if (this.#pause.resume(this.definition.restart)) this.#move('backoff', 'the pause of an earlier host goes on')
  }

  /**
   * Starts a run. Throws why the start cannot happen (`COMMAND_NOT_FOUND`, `CWD_NOT_FOUND` …); the process is then `Failed`
   * with that reason.
   */
  async start(caller: Caller, by: StartedBy): Promise<void> {
    if (this.isAlive) this.check('start')
    this.#pause[Symbol.dispose]()
    const number = this.newestRun + 1
    try {
      await this.#engine.starts.run(() => this.#launch(number, caller, by))
      if (this.remembered.intent) await this.#memory.note({ intent: undefined })
    }
    catch (thrown) {
      const error = asStorageFailure(thrown, `Run ${number} of "${this.id}"`)
      if (by === 'policy') await this.#failRestart(error)
      else await this.failStart(error)
      throw error
    }
  }

  /** Notes that a start could not happen, with the reason. */
  async failStart(error: unknown): Promise<void> {
    await this.#noteStartError(error)
    this.#move('idle', messageOf(error))
  }

  /** Lets a start wait for dependencies, also over a restart of the host. */
  async waitFor(unmet: Dependencies, beginning: Beginning): Promise<void> {
    this.#pause[Symbol.dispose]()
    this.#waitingFor = unmet
    if (this.#phase === 'waiting') return this.#publish()
    await this.#memory.note({ is_waiting: true, ...this.#originOf(beginning) })
    this.#move('waiting', `for ${Object.keys(unmet).join(', ')}`)
  }

  /**
   * Ends the run with everything it has started, and comes back when all of it has gone. What only waits or pauses is
   * called off. Throws `NOT_RUNNING`.
   */
  async stop(request: StopRequest, then: Exclude<StopIntent['then'], 'policy'> = 'rest'): Promise<void> {
    this.check('stop')
    const run = this.#run
    if (!this.isAlive || !run) return await this.#callOff()
    await this.#end(run, { stopped_run: run.number, intent: this.#intent(run, request, then) }, request)
    if (then === 'rest') await this.#memory.note({ intent: undefined })
  }

  /** Ends a run as failed, for a reason that is not in its exit code; its restart policy goes on from there. */
  async fail(runNumber: number, reason: string): Promise<void> {
    const run = this.#run
    if (!run || run.number !== runNumber || !this.isAlive || this.#phase === 'stopping') return
    await this.#end(run, { verdict: { run: run.number, is_failure: true, reason }, intent: this.#intent(run, {}, 'policy') }, {})
    await this.#memory.note({ intent: undefined })
  }

  /** Goes on with a stop that an earlier host has begun. */
  async finishStop({ signal, then }: StopIntent, graceMs: number): Promise<void> {
    const run = this.#run
    if (run && this.isAlive) await this.#end(run, {}, { signal, graceMs })
    if (then === 'rest' || then === 'policy') await this.#memory.note({ intent: undefined })
  }

  /** Writes to the standard input of the newest run. Throws `NOT_RUNNING`, `VALIDATION_FAILED` when it has none or does not read. */
  async sendInput(text: string): Promise<void> {
    const run = this.#run
    if (!run || !this.isAlive) throw failure('NOT_RUNNING', { id: this.id, state: this.info.state })
    await writeInput(ctlDirectory(run.dir), text)
  }

  /** Tells whether a pid belongs to the run that is alive, as far as the last look at all processes told. */
  owns(pid: number): boolean {
    return this.isAlive && (this.#run?.leader.pid === pid || this.#engine.metrics.ownerOf(pid) === this.id)
  }

  /** Marks the newest run as one that a shutdown stops: the next host starts it again where that is wanted. */
  async markShutdown(): Promise<void> {
    await this.#memory.note({ shutdown_run: this.newestRun })
  }

  /** Notes that a host of this boot looks after the process. */
  async settle(): Promise<void> {
    if (this.remembered.boot_id !== this.#engine.bootId) await this.#memory.note({ boot_id: this.#engine.bootId })
  }

  /** Deals with the end of a run: ends what its leader left behind, closes its log, asks the restart policy. Once only. */
  async finish(run: Run, exit: RunExit): Promise<void> {
    if (run.exit) return
    this.#guard = void this.#guard?.[Symbol.dispose]()
    const onLeftovers = () => this.#move('stopping', 'its leader left processes behind')
    await closeRun(this.#engine, { run, exit, log: this.log, memory: this.#memory }, onLeftovers)
    run.exit = exit
    const wasAsked = this.remembered.stopped_run === run.number
    const ranMs = exit.at.getTime() - Date.parse(run.spec.started_at)
    if (wasAsked) this.#move('idle', 'stopped')
    else await this.#decide({ isFailed: stateOf({ ...this.#facts, phase: 'idle' }) === 'Failed', ranMs, reason: this.#reasonOf(run, exit) })
    await this.#record(run, exit)
  }

  /** Lets go of everything that watches, for the next host. */
  [Symbol.dispose](): void {
    this.#guard = void this.#guard?.[Symbol.dispose]()
    this.#pause[Symbol.dispose]()
  }

  async #launch(number: number, caller: Caller, by: StartedBy): Promise<void> {
    const { remembered } = this
    const { path, session } = this.#originOf({ caller, by })
    const keepPorts = (ports: Record<string, number>) => this.#memory.note({ ports })
    const plan = await planLaunch(this.#engine, this.definition, { path, ports: remembered.ports, keepPorts })
    const dir = await emptyRunDirectory(this.#dir, number)
    const restart = by === 'policy' && remembered.restart ? { count: remembered.restart.count } : undefined
    await this.#memory.store({ path, session, start_error: undefined, is_waiting: undefined, restart })
    this.#follow(await startRun(this.#engine, this.log, { dir, spec: newSpec(this.#engine.bootId, number, this.#entry), plan }))
  }

  /** What is remembered of whom a start is for: a session only when it asked itself, or as before where nobody did. */
  #originOf({ caller, by }: Beginning) {
    const { path, session } = this.remembered
    return { path: caller.path ?? path, session: by === 'caller' ? caller.session : session }
  }

  async #failRestart(error: unknown): Promise<void> {
    await this.#noteStartError(error)
    await this.#decide({ isFailed: true, ranMs: undefined, reason: messageOf(error) })
  }

  async #noteStartError(error: unknown): Promise<void> {
    const at = new Date().toISOString()
    this.#waitingFor = undefined
    const startError = { run: this.newestRun, message: messageOf(error), at }
    await this.#memory.note({ start_error: startError, intent: undefined, is_waiting: undefined })
  }

  #follow(run: Run, phase: ProcessPhase = run.spec.definition.ready ? 'starting' : 'running'): void {
    this.#run = run
    this.#waitingFor = undefined
    this.#move(phase, `run ${run.number}`)
    if (phase !== 'stopping') this.#guard = this.#watchOver(run)
    void run.exited.then(exit => this.#finishSurely(run, exit)) // never rejects
  }

  #watchOver(run: Run): RunGuard {
    const { neighbours } = this.#engine
    return new RunGuard(this.#engine, { run, log: this.log }, {
      moved: (phase, why) => void (this.isAlive && this.#phase !== 'stopping' && this.#move(phase, why)),
      changed: () => this.#publish(),
      failed: reason => neighbours.fail(this.id, run.number, reason),
      filesChanged: path => neighbours.begin(this.id, { kind: 'watch', path }),
    })
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

  async #end(run: Run, noted: Partial<ProcessStateFile>, request: StopRequest): Promise<void> {
    await this.#memory.note(noted)
    this.#guard = void this.#guard?.[Symbol.dispose]()
    this.#move('stopping', noted.verdict?.reason ?? 'asked for')
    try {
      await stopRun(this.#engine, run, { rules: this.definition.stop, request })
    }
    catch (error) {
      this.#guard = this.#watchOver(run)
      this.#move('running', messageOf(error))
      throw error
    }
    await this.finish(run, await run.exited)
  }

  #intent({ number }: Run, request: StopRequest, then: StopIntent['then']): StopIntent {
    const graceMs = graceOf(this.definition.stop, request)
    const deadline = new Date(Date.now() + graceMs).toISOString()
    return { run: number, ...(request.signal && { signal: request.signal }), deadline, grace_ms: graceMs, then }
  }

  async #callOff(): Promise<void> {
    this.#pause[Symbol.dispose]()
    this.#waitingFor = undefined
    await this.#memory.note({ is_waiting: undefined, restart: undefined })
    this.#move('idle', 'called off')
  }

  #reasonOf(run: Run, { end }: RunExit): string {
    return reasonOfEnd(end, run.number, this.remembered)
  }

  /** The row of a run that has ended, and what is kept of its log and those before. */
  async #record(run: Run, exit: RunExit): Promise<void> {
    try {
      await this.#records.add(toRunRecord(run, exit, this.remembered.stopped_run === run.number ? 'stopped' : this.#reasonOf(run, exit)))
      await this.log.prune()
    }
    catch (error) {
      this.#engine.log.warn('process', 'the end of a run could not be recorded', { id: this.id, reason: reasonOf(error) })
    }
  }

  async #decide(ended: EndedRun): Promise<void> {
    const { isPaused, why } = await this.#pause.decide(this.definition.restart, ended)
    this.#move(isPaused ? 'backoff' : 'idle', why)
  }

  get #retainedBytes(): number {
    return this.definition.limits?.log_bytes ?? this.#engine.settings.value.default_log_bytes
  }

  get #facts() {
    const { definition, created_at: createdAt, updated_at: updatedAt } = this.#entry
    return {
      definition,
      createdAt,
      updatedAt,
      phase: this.#phase,
      run: this.#run,
      remembered: this.remembered,
      waitingFor: this.#waitingFor,
      isThrottled: this.#guard?.isThrottled ?? false,
      isTruncated: this.log.isTruncated,
      sample: this.#engine.metrics.latest(definition.id),
    }
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
}

function asStorageFailure(thrown: unknown, action: string): unknown {
  const isFromDisk = thrown instanceof Error && 'code' in thrown && 'syscall' in thrown
  return isFromDisk ? failure('STORAGE_FAILED', { action, reason: reasonOf(thrown) }, thrown) : thrown
}

const messageOf = (error: unknown) => error instanceof Error ? error.message : String(error)
