import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Caller } from '#shared/caller'
import { type ErrorCode, failure, toVantageError } from '#shared/errors'
import { nearest } from '#shared/nearest'
import type { CreateProcessRequest, ProcessDefinition, ProcessPatch } from '#shared/schemas/definition'
import type { ProcessInfo, StartedProcess } from '#shared/schemas/process-info'
import type { RunInfo } from '#shared/schemas/runs'
import type { SignalName } from '#shared/schemas/signal'
import type { ProcessLogs } from '../logs/process-logs'
import { completeDefinition } from '../rules/definition-rules'
import { mergePatch } from '../rules/merge-patch'
import { writeProcessState } from '../state/process-state'
import { isOutOfSpace, reasonOf, type SnapshotStore } from '../state/snapshot-store'
import type { SnapshotEntry } from '../state/snapshot-file'
import { DEFAULT_STOP, ManagedProcess } from './managed-process'
import type { Engine } from './engine'
import { loadProcesses } from './load-processes'
import { waitUntil, type WaitOptions } from './wait-until'

export interface StopOptions {
  /** How long the process may take after the signal before it is killed, in ms. */
  graceMs?: number | undefined
  signal?: SignalName | undefined
}

export interface ProcessManagerOptions {
  engine: Engine
  dataDir: string
  /** Where a definition without `cwd` and `project` runs. */
  startDir: string
  snapshot: SnapshotStore
}

/** How long a shutdown waits for calls under way: a start must not be cut between its two halves. */
const CLOSE_LIMIT_MS = 500

/**
 * Owns all processes of a host. Everything that changes one goes through the queue of its id, so that of many
 * concurrent calls each sees the result of the one before.
 */
export class ProcessManager {
  readonly #options: ProcessManagerOptions
  readonly #engine: Engine
  readonly #processes = new Map<string, ManagedProcess>()
  #isClosing = false

  constructor(options: ProcessManagerOptions) {
    this.#options = options
    this.#engine = options.engine
  }

  /** All processes, ordered by id. */
  list(): ProcessInfo[] {
    return [...this.#processes.keys()].sort().map(id => this.get(id))
  }

  /** Throws `PROCESS_NOT_FOUND`, naming the nearest ids. */
  get(id: string): ProcessInfo {
    return this.#find(id).info
  }

  /** The log of a process. Throws `PROCESS_NOT_FOUND`. */
  logs(id: string): ProcessLogs {
    return this.#find(id).log
  }

  /** Defines a process. Throws `PROCESS_EXISTS`, a rule's code, or `STORAGE_FAILED`; answers once it is on the disk. */
  create(request: CreateProcessRequest, caller: Caller): Promise<ProcessInfo> {
    return this.#change(request.id, async (id) => {
      const definition = await completeDefinition(request, this.#defaults(caller))
      if (this.#processes.has(id)) throw failure('PROCESS_EXISTS', { id })
      const now = new Date().toISOString()
      const entry: SnapshotEntry = { definition, created_at: now, updated_at: now, state: 'NotStarted' }
      const process = await this.#prepare(entry)
      await this.#options.snapshot.commit(id, entry)
      this.#processes.set(id, process)
      process.redefine(entry)
      return process.info
    })
  }

  /** Replaces a definition. It applies at the next start. */
  replace(id: string, request: CreateProcessRequest, caller: Caller): Promise<ProcessInfo> {
    return this.#change(id, async () => {
      const definition = await completeDefinition({ ...request, id }, this.#defaults(caller))
      return this.#redefine(this.#find(id), definition)
    })
  }

  /** Changes some fields of a definition. They apply at the next start. */
  patch(id: string, patch: ProcessPatch): Promise<ProcessInfo> {
    return this.#change(id, async () => {
      const process = this.#find(id)
      const definition = await completeDefinition(mergePatch(process.definition, patch), this.#defaults({}))
      return this.#redefine(process, definition)
    })
  }

  /** The runs of a process, newest first, at most 100. Throws `PROCESS_NOT_FOUND`. */
  runs(id: string): RunInfo[] {
    return this.#find(id).runs
  }

  /** Starts a process; answers when it has a pid, or when it is as far as `wait` wants. */
  async start(id: string, caller: Caller, wait?: WaitOptions): Promise<StartedProcess> {
    await this.#change(id, () => this.#find(id).start(caller))
    return this.#waited(id, wait)
  }

  /** Stops a process; answers when its whole group has gone. */
  stop(id: string, { graceMs = DEFAULT_STOP.graceMs, signal = DEFAULT_STOP.signal }: StopOptions = {}): Promise<ProcessInfo> {
    return this.#change(id, async () => {
      const process = this.#find(id)
      await process.stop({ graceMs, signal })
      return process.info
    })
  }

  /** Stops a process where it runs, and starts it; `wait` as for `start`. */
  async restart(id: string, caller: Caller, wait?: WaitOptions): Promise<StartedProcess> {
    await this.#change(id, async () => {
      const process = this.#find(id)
      if (process.isAlive) await process.stop(DEFAULT_STOP, 'start')
      await process.start(caller)
    })
    return this.#waited(id, wait)
  }

  /** Starts what of a group does not run. Throws `PROCESS_NOT_FOUND`; what cannot start says so in its own state. */
  startGroup(group: string, caller: Caller, wait?: WaitOptions): Promise<StartedProcess[]> {
    return this.#each(group, 'ALREADY_RUNNING', id => this.start(id, caller, wait))
  }

  /** Stops what of a group runs. Throws `PROCESS_NOT_FOUND`. */
  stopGroup(group: string, options: StopOptions = {}): Promise<ProcessInfo[]> {
    return this.#each(group, 'NOT_RUNNING', id => this.stop(id, options))
  }

  /** Restarts every process of a group. Throws `PROCESS_NOT_FOUND`. */
  restartGroup(group: string, caller: Caller, wait?: WaitOptions): Promise<StartedProcess[]> {
    return this.#each(group, 'ALREADY_RUNNING', id => this.restart(id, caller, wait))
  }

  /** Hands text to the stdin of a process. Throws `NOT_RUNNING`; `VALIDATION_FAILED` where stdin is not open. */
  async sendInput(id: string, _text: string): Promise<void> {
    const process = this.#find(id)
    if (!process.isAlive) throw failure('NOT_RUNNING', { id, state: process.info.state })
    throw failure('VALIDATION_FAILED', { problems: [{ field: 'stdin', reason: `is not open: set stdin of "${id}" to "open" and restart it` }] })
  }

  /** Removes a process with its log. Throws `PROCESS_RUNNING` unless `force`, which stops it first. */
  remove(id: string, { force }: { force: boolean }): Promise<void> {
    return this.#change(id, async () => {
      const process = this.#find(id)
      if (!force) process.check('remove')
      if (process.isAlive) await process.stop(DEFAULT_STOP, 'remove')
      await this.#forget(process)
    })
  }

  /** Loads the definitions, adopts what runs, and finishes what was begun; see `loadProcesses`. */
  async open(): Promise<void> {
    const processes = await loadProcesses(this.#engine, this.#options)
    for (const process of processes) this.#processes.set(process.id, process)
    for (const process of processes) this.#resume(process)
  }

  /** Stops everything where `stopAll`, saves the states, and lets go of what runs on. */
  async close({ stopAll }: { stopAll: boolean }): Promise<void> {
    this.#isClosing = true
    if (stopAll) await Promise.all([...this.#processes.values()].map(process => this.#stopForShutdown(process)))
    await Promise.race([this.#engine.queue.idle(), new Promise(resolve => setTimeout(resolve, CLOSE_LIMIT_MS).unref())])
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

  async #stopForShutdown(process: ManagedProcess): Promise<void> {
    await this.#engine.queue.run(process.id, async () => {
      if (!process.isAlive) return
      await process.markShutdown()
      await process.stop(DEFAULT_STOP)
    }).catch(error => this.#engine.log.error('process', 'could not be stopped', { id: process.id, error }))
  }

  /** What an earlier host left undone: a stop with what was to follow, a start after a reboot or a shutdown. */
  #resume(process: ManagedProcess): void {
    const { intent, boot_id: bootId, shutdown_run: shutdownRun } = process.remembered
    const isBegun = intent !== undefined && intent.run === process.newestRun
    const isWanted = process.definition.auto_start_on_restore
      && (bootId !== this.#engine.bootId || (shutdownRun !== undefined && shutdownRun === process.newestRun))
    void this.#engine.queue.run(process.id, async () => {
      if (isBegun && process.isAlive) {
        const graceMs = Math.max(0, Math.min(Date.parse(intent.deadline) - Date.now(), 24 * 3600 * 1000))
        await process.stop({ signal: intent.signal, graceMs }, intent.then)
      }
      await process.settle()
      if (isBegun && intent.then === 'remove') return this.#forget(process)
      if ((isBegun && intent.then === 'start') || (isWanted && !process.isAlive)) await process.start({})
    }).catch(error => this.#engine.log.error('process', 'what was begun could not be finished', { id: process.id, error }))
  }

  async #forget(process: ManagedProcess): Promise<void> {
    const { id } = process
    await this.#undefine(id)
    this.#processes.delete(id)
    await process.log.remove()
    await this.#discard(id)
    this.#engine.log.info('process', `${id}: removed`)
    this.#engine.events.publish({ type: 'process.removed', data: { id } })
  }

  /** On a full disk what is to go anyway goes first: it may be its log that has filled the disk. */
  async #undefine(id: string): Promise<void> {
    try {
      await this.#options.snapshot.commit(id, undefined)
    }
    catch (error) {
      if (!isOutOfSpace(error)) throw error
      await this.#discard(id)
      await this.#options.snapshot.commit(id, undefined)
    }
  }

  /** Makes the directory of a new process; what an earlier one of this id left there goes. */
  async #prepare(entry: SnapshotEntry): Promise<ManagedProcess> {
    const { id } = entry.definition
    const dir = join(this.#options.dataDir, 'processes', id)
    const remembered = { incarnation: randomBytes(3).toString('hex'), boot_id: this.#engine.bootId }
    try {
      await this.#discard(id)
      await mkdir(dir, { recursive: true, mode: 0o700 })
      await writeProcessState(dir, remembered)
    }
    catch (cause) {
      throw failure('STORAGE_FAILED', { action: `The process "${id}"`, reason: reasonOf(cause) }, cause)
    }
    return new ManagedProcess(this.#engine, dir, entry, remembered)
  }

  /** Renames first: a name is gone at once, a tree is not. */
  async #discard(id: string): Promise<void> {
    const dir = join(this.#options.dataDir, 'processes', id)
    const aside = `${join(this.#options.dataDir, 'processes', '.removed-')}${id}-${randomBytes(4).toString('hex')}`
    const isThere = await rename(dir, aside).then(() => true, () => false)
    if (isThere) await rm(aside, { recursive: true, force: true })
  }

  async #redefine(process: ManagedProcess, definition: ProcessDefinition): Promise<ProcessInfo> {
    const entry: SnapshotEntry = { ...process.entry, definition, updated_at: new Date().toISOString() }
    await this.#options.snapshot.commit(process.id, entry)
    process.redefine(entry)
    return process.info
  }

  #change<T>(id: string, job: (id: string) => Promise<T>): Promise<T> {
    return this.#engine.queue.run(id, () => {
      if (this.#isClosing) throw failure('SHUTTING_DOWN', {})
      return job(id)
    })
  }

  async #waited(id: string, wait: WaitOptions | undefined): Promise<StartedProcess> {
    return wait ? waitUntil(this.#engine.events, () => this.get(id), wait) : this.get(id)
  }

  /** Does the same to each of a group, one after the other; `fine` is no failure, nor is what the state of one tells. */
  async #each<T extends ProcessInfo>(group: string, fine: ErrorCode, act: (id: string) => Promise<T>): Promise<(T | ProcessInfo)[]> {
    const answers: (T | ProcessInfo)[] = []
    for (const id of this.#members(group)) {
      answers.push(await act(id).catch((thrown: unknown) => {
        const { code } = toVantageError(thrown)
        if (code !== fine && this.get(id).state !== 'Failed') throw thrown
        return this.get(id)
      }))
    }
    return answers
  }

  #members(group: string): string[] {
    const all = this.list()
    const ids = all.filter(info => info.group === group).map(({ id }) => id)
    if (ids.length > 0) return ids
    throw failure('PROCESS_NOT_FOUND', { group, nearest: nearest(group, [...new Set(all.flatMap(info => info.group ?? []))]) })
  }

  #find(id: string): ManagedProcess {
    const process = this.#processes.get(id)
    if (!process) throw failure('PROCESS_NOT_FOUND', { id, nearest: nearest(id, [...this.#processes.keys()]) })
    return process
  }

  #defaults({ project }: Caller) {
    return { project, startDir: this.#options.startDir }
  }
}
