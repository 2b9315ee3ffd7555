import type { Caller } from '#shared/caller'
import { failure } from '#shared/errors'
import { nearest } from '#shared/nearest'
import type { CreateProcessRequest, ProcessDefinition, ProcessPatch } from '#shared/schemas/definition'
import type { ProcessInfo, StartedProcess } from '#shared/schemas/process-info'
import type { Dependencies } from '#shared/schemas/supervision'
import type { Secret } from '#shared/mask-secrets'
import type { RunInfo } from '#shared/schemas/runs'
import type { ProcessLogs } from '../logs/process-logs'
import { mergePatch } from '../rules/merge-patch'
import type { PortConflict } from '../state/process-state'
import { reasonOf, type SnapshotStore } from '../state/snapshot-store'
import { Definitions } from './definitions'
import type { Engine, Neighbours } from './engine'
import { ensure, type Ensured, type Wish } from './ensure'
import { membersOf, startAll, stopAll } from './groups'
import { loadProcesses } from './load-processes'
import type { ManagedProcess } from './managed-process'
import { refuseOtherProject } from './other-project'
import { ProcessDirectories } from './process-directories'
import { resume } from './resume'
import { Starter } from './starter'
import type { StopRequest } from './stop-run'
import { Unasked } from './unasked'
import { waitForEnd } from './wait-for-end'
import { waitForLine } from './wait-for-line'
import { DEFAULT_TIMEOUT_MS, waitUntil, type WaitOptions } from './wait-until'
import { type WaitUntilUp, waitUntilUp } from './wait-until-up'

export interface ProcessManagerOptions {
  engine: Omit<Engine, 'neighbours'>
  dataDir: string
  /** Where a definition without `cwd` and `project` runs. */
  startDir: string
  snapshot: SnapshotStore
}

/** A changed definition: what it was, and the process as it is. */
export interface Redefined { before: ProcessDefinition, info: ProcessInfo }

/** How long a shutdown waits for calls under way: a start must not be cut between its two halves. */
const CLOSE_LIMIT_MS = 500

/** How long an opening waits for what it has found to be dealt with, before it answers the first request. */
const OPEN_LIMIT_MS = 300

/**
 * Owns all processes of a host. Everything that changes one goes through the queue of its id, so that of many
 * concurrent calls each sees the result of the one before.
 */
export class ProcessManager {
  readonly #options: ProcessManagerOptions
  readonly #engine: Engine
  readonly #directories: ProcessDirectories
  readonly #processes = new Map<string, ManagedProcess>()
  readonly #definitions: Definitions
  readonly #starter: Starter
  readonly #unasked: Unasked
  #isClosing = false

  constructor(options: ProcessManagerOptions) {
    this.#options = options
    this.#engine = Object.assign(options.engine, { neighbours: this.#neighbours() })
    this.#directories = new ProcessDirectories(options.dataDir)
    this.#definitions = new Definitions({ ...options, engine: this.#engine, processes: this.#processes, directories: this.#directories })
    const change = <T>(id: string, job: () => Promise<T>) => this.#change(id, job)
    const shared = { engine: this.#engine, processes: this.#processes, change }
    this.#starter = new Starter({ ...shared, find: id => this.#find(id) })
    this.#unasked = new Unasked({ ...shared, starter: this.#starter })
  }

  /** All processes, ordered by id. */
  list(): ProcessInfo[] {
    return [...this.#processes.keys()].sort().map(id => this.get(id))
  }

  /** Throws `PROCESS_NOT_FOUND`, naming the nearest ids. */
  get(id: string): ProcessInfo {
    return this.#find(id).info
  }

  /** The definition of a process, where there is one. */
  definitionOf(id: string): ProcessDefinition | undefined {
    return this.#processes.get(id)?.definition
  }

  /** The ids of a group, in order. Throws `PROCESS_NOT_FOUND`, naming the nearest groups, when nobody belongs to it. */
  membersOf(group: string): string[] {
    return membersOf(this.#processes, group)
  }

  /**
   * The processes that a start of `id` would start besides it, as things are now: what it depends on and what does not run.
   * `dependencies` are those of its definition unless given.
   */
  startedWith(id: string, dependencies?: Dependencies): string[] {
    return this.#starter.startedWith(id, dependencies)
  }

  /** The log of a process. Throws `PROCESS_NOT_FOUND`. */
  logs(id: string): ProcessLogs {
    return this.#find(id).log
  }

  /** The newest 100 runs of a process, the newest first. Throws `PROCESS_NOT_FOUND`. */
  runs(id: string): RunInfo[] {
    return this.#find(id).runs
  }

  /** What the output of a process must not show to agents. Throws `PROCESS_NOT_FOUND`. */
  async secrets(id: string): Promise<Secret[]> {
    return await this.#find(id).secrets()
  }

  /** The port that the newest run could not have, where it says so. Throws `PROCESS_NOT_FOUND`. */
  async portConflict(id: string): Promise<PortConflict | undefined> {
    return await this.#find(id).portConflict()
  }

  /** Defines a process. Throws `PROCESS_EXISTS`, a rule's code, or `STORAGE_FAILED`; answers once it is on the disk. */
  create(request: CreateProcessRequest, caller: Caller): Promise<ProcessInfo> {
    return this.#change(request.id, async () => (await this.#definitions.create(request, caller)).info)
  }

  /** Replaces a definition. It applies at the next start. */
  replace(id: string, request: CreateProcessRequest, caller: Caller): Promise<Redefined> {
    return this.#change(id, async () => {
      const definition = await this.#definitions.complete({ ...request, id }, caller)
      return await this.#redefine(this.#find(id), definition)
    })
  }

  /**
   * Changes some fields of a definition. They apply at the next start. For a caller who speaks for a project, one of another
   * project is refused: `OTHER_PROJECT`.
   */
  patch(id: string, patch: ProcessPatch, { project }: Caller = {}): Promise<Redefined> {
    return this.#change(id, async () => {
      const process = this.#find(id)
      const find = (other: string) => this.#processes.get(other)?.definition
      await refuseOtherProject({ definition: process.definition, projects: [project], find })
      return await this.#redefine(process, await this.#definitions.complete(mergePatch(process.definition, patch), {}))
    })
  }

  /**
   * Makes sure that a process is defined as wished and runs so; see `ensure`. Throws what a creation, a change or a start throws,
   * `OTHER_PROJECT`, and `PROCESS_NOT_FOUND` for an id that nobody defines.
   */
  ensure(wish: Wish, caller: Caller): Promise<Ensured> {
    const options = { processes: this.#processes, definitions: this.#definitions, starter: this.#starter, change: this.#change.bind(this) }
    return ensure(options, wish, caller)
  }

  /**
   * Starts a process and what it depends on; answers when it has a pid or waits for a dependency, or as `wait` says.
   * Throws `DEPENDENCY_FAILED`, or why the start cannot happen.
   */
  async start(id: string, caller: Caller, wait?: WaitOptions): Promise<StartedProcess> {
    return await this.#whenArrived(id, await this.#starter.begin(id, caller, 'caller'), wait)
  }

  /** Stops a process, or calls off a start that waits; answers when its whole tree has gone. */
  stop(id: string, request: StopRequest = {}): Promise<ProcessInfo> {
    return this.#change(id, async () => {
      const process = this.#find(id)
      await process.stop(request)
      this.#starter.forget(id)
      return process.info
    })
  }

  /** Stops a process where it runs, and starts it. */
  async restart(id: string, caller: Caller, wait?: WaitOptions): Promise<StartedProcess> {
    return await this.#whenArrived(id, await this.#starter.restart(id, caller), wait)
  }

  /** Removes a process with its log and gives its definition. Throws `PROCESS_RUNNING` unless `force`, which stops it first. */
  remove(id: string, { force }: { force: boolean }): Promise<ProcessDefinition> {
    return this.#change(id, async () => {
      const process = this.#find(id)
      if (!force) process.check('remove')
      if (process.phase !== 'idle') await process.stop({}, 'remove')
      await this.#forget(process)
      return process.definition
    })
  }

  /** Starts all processes of a group in the order of their dependencies. Throws `PROCESS_NOT_FOUND` when there are none. */
  async startGroup(group: string, caller: Caller, wait?: WaitOptions): Promise<StartedProcess[]> {
    const ids = membersOf(this.#processes, group)
    await startAll(ids, id => this.#starter.begin(id, caller, 'caller'))
    return await Promise.all(ids.map(id => this.#whenArrived(id, this.get(id), wait)))
  }

  /** Stops all processes of a group, each before what it depends on. */
  async stopGroup(group: string, request: StopRequest = {}): Promise<ProcessInfo[]> {
    const ids = membersOf(this.#processes, group)
    await stopAll(this.#processes, ids, id => this.stop(id, request))
    return ids.map(id => this.get(id))
  }

  /** Stops all processes of a group, then starts them. */
  async restartGroup(group: string, caller: Caller, wait?: WaitOptions): Promise<StartedProcess[]> {
    await this.stopGroup(group)
    return await this.startGroup(group, caller, wait)
  }

  /** Writes to the standard input of a process. Throws `NOT_RUNNING`, and `VALIDATION_FAILED` when it is not open or not read. */
  sendInput(id: string, text: string): Promise<void> {
    return this.#find(id).sendInput(text)
  }

  /** Takes changed settings to all processes. */
  applySettings(): void {
    for (const process of this.#processes.values()) process.applySettings()
  }

  /** The MCP sessions whose end is the end of a process. */
  boundSessions(): string[] {
    return [...this.#processes.values()].flatMap(({ boundTo }) => boundTo ?? [])
  }

  /** Stops what is bound to an MCP session that has ended. Never throws. */
  async stopBound(session: string, request: StopRequest = {}): Promise<void> {
    await this.#unasked.stopBound(session, request)
  }

  /**
   * Waits until a process is up (see `waitUntilUp`) or its run has ended, by default as long as its rules allow, else a minute.
   * Throws `PROCESS_NOT_FOUND`, also when it is removed meanwhile.
   */
  async untilUp(id: string, { timeoutMs, ...wait }: Partial<WaitUntilUp> & Pick<WaitUntilUp, 'signal'>) {
    const { events, metrics } = this.#engine
    const limitMs = timeoutMs ?? this.get(id).ready?.timeout_ms ?? DEFAULT_TIMEOUT_MS
    return await waitUntilUp({ events, metrics, look: () => this.get(id) }, { ...wait, timeoutMs: limitMs })
  }

  /** Waits until the current or coming run of a process has ended, or `end` aborts. Throws `PROCESS_NOT_FOUND`. */
  async untilEnded(id: string, end: AbortSignal) {
    return await waitForEnd(this.#engine.events, () => this.get(id), end)
  }

  /** Waits for a line of the current or coming run of a process; see `waitForLine`. Throws `PROCESS_NOT_FOUND` as well. */
  async untilLine(id: string, pattern: string, end: AbortSignal) {
    return await waitForLine({ events: this.#engine.events, logs: this.logs(id), look: () => this.get(id) }, pattern, end)
  }

  /** Loads the definitions, adopts what runs, and finishes what was begun; see `loadProcesses` and `resume`. */
  async open(): Promise<void> {
    const processes = await loadProcesses(this.#engine, this.#options)
    for (const process of processes) this.#processes.set(process.id, process)
    const options = { engine: this.#engine, starter: this.#starter, forget: (process: ManagedProcess) => this.#forget(process) }
    for (const process of processes) void resume(process, options) // never rejects
    await Promise.race([this.#engine.queue.idle(), new Promise(resolve => setTimeout(resolve, OPEN_LIMIT_MS).unref())])
  }

  /** Stops everything where `stopAll`, saves the states, and lets go of what runs on. */
  async close({ stopAll: isStopping, graceMs }: { stopAll: boolean, graceMs?: number | undefined }): Promise<void> {
    this.#isClosing = true
    this.#starter[Symbol.dispose]()
    if (isStopping) await stopAll(this.#processes, [...this.#processes.keys()], id => this.#stopForShutdown(id, graceMs))
    await Promise.race([this.#engine.queue.idle(), new Promise(resolve => setTimeout(resolve, CLOSE_LIMIT_MS).unref())])
    for (const process of this.#processes.values()) process[Symbol.dispose]()
    await this.#saveStates()
    await Promise.all([...this.#processes.values()].map(process => process.log.close()))
  }

  /** The states in the snapshot only inform; a full disk must not keep the host from ending. */
  async #saveStates(): Promise<void> {
    try {
      await this.#options.snapshot.save([...this.#processes.values()].map(process => process.entry))
    }
    catch (error) {
      this.#engine.log.warn('snapshot', 'the last states could not be saved', { reason: reasonOf(error) })
    }
  }

  async #stopForShutdown(id: string, graceMs: number | undefined): Promise<void> {
    await this.#engine.queue.run(id, async () => {
      const process = this.#processes.get(id)
      if (!process?.isAlive) return
      await process.markShutdown()
      await process.stop({ graceMs })
    }).catch(error => this.#engine.log.error('process', 'could not be stopped', { id, error }))
  }

  #neighbours(): Neighbours {
    return {
      begin: (id, why) => void this.#unasked.begin(id, why),
      fail: (id, run, reason) => void this.#unasked.fail(id, run, reason),
      takenPorts: id => new Set([...this.#processes.values()]
        .flatMap(each => each.id === id ? [] : Object.values(each.remembered.ports ?? {}))),
      ownerOf: pid => [...this.#processes.values()].find(process => process.owns(pid))?.id,
    }
  }

  async #whenArrived(id: string, info: ProcessInfo, wait: WaitOptions | undefined): Promise<StartedProcess> {
    return wait ? await waitUntil(this.#engine.events, () => this.get(id), wait) : info
  }

  async #forget(process: ManagedProcess): Promise<void> {
    const { id } = process
    await this.#definitions.remove(id)
    this.#starter.forget(id)
    this.#processes.delete(id)
    process[Symbol.dispose]()
    await process.log.remove()
    await this.#directories.discard(id)
    this.#engine.log.info('process', `${id}: removed`)
    this.#engine.events.publish({ type: 'process.removed', data: { id } })
  }

  async #redefine(process: ManagedProcess, definition: ProcessDefinition): Promise<Redefined> {
    const before = await this.#definitions.redefine(process, definition)
    return { before, info: process.info }
  }

  #change<T>(id: string, job: (id: string) => Promise<T>): Promise<T> {
    return this.#engine.queue.run(id, () => {
      if (this.#isClosing) throw failure('SHUTTING_DOWN', {})
      return job(id)
    })
  }

  #find(id: string): ManagedProcess {
    const process = this.#processes.get(id)
    if (!process) throw failure('PROCESS_NOT_FOUND', { id, nearest: nearest(id, [...this.#processes.keys()]) })
    return process
  }
}
