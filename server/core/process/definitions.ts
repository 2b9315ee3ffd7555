import type { Caller } from '#shared/caller'
import { failure } from '#shared/errors'
import type { CreateProcessRequest, ProcessDefinition } from '#shared/schemas/definition'
import { completeDefinition } from '../rules/definition-rules'
import { RunRecords } from '../state/run-records'
import type { SnapshotEntry } from '../state/snapshot-file'
import { isOutOfSpace, type SnapshotStore } from '../state/snapshot-store'
import { findCycle, unknownDependencies } from './dependencies'
import type { Engine } from './engine'
import { ManagedProcess } from './managed-process'
import type { ProcessDirectories } from './process-directories'

export interface DefinitionsOptions {
  engine: Engine
  processes: Map<string, ManagedProcess>
  directories: ProcessDirectories
  snapshot: SnapshotStore
  /** Where a definition without `cwd` and `project` runs. */
  startDir: string
}

/** The queue of all changes of dependencies: two at once could close a cycle. No id has a blank in it. */
const GRAPH = 'dependencies of all'

/**
 * Lets definitions in: each is checked by the rules and against all others, and is on the disk before it counts. Its methods
 * run in the queue of the id.
 */
export class Definitions {
  readonly #options: DefinitionsOptions

  constructor(options: DefinitionsOptions) {
    this.#options = options
  }

  /** Checks a definition by the rules, and completes it for its caller. Throws the code of a rule. */
  complete(request: CreateProcessRequest, { project }: Caller): Promise<ProcessDefinition> {
    return completeDefinition(request, { project, startDir: this.#options.startDir })
  }

  /** Defines a process. Throws `PROCESS_EXISTS`, a rule's code, or `STORAGE_FAILED`. */
  async create(request: CreateProcessRequest, caller: Caller): Promise<ManagedProcess> {
    const { processes, snapshot } = this.#options
    const definition = await this.complete(request, caller)
    const { id } = definition
    if (processes.has(id)) throw failure('PROCESS_EXISTS', { id })
    const now = new Date().toISOString()
    const entry: SnapshotEntry = { definition, created_at: now, updated_at: now, state: 'NotStarted' }
    return await this.#checked(definition, async () => {
      const process = await this.#prepare(entry)
      await snapshot.commit(id, entry)
      processes.set(id, process)
      process.redefine(entry)
      return process
    })
  }

  /** Gives a process a definition that is complete already, and answers with the one before. It applies at the next start. */
  async redefine(process: ManagedProcess, definition: ProcessDefinition): Promise<ProcessDefinition> {
    const before = process.definition
    const entry: SnapshotEntry = { ...process.entry, definition, updated_at: new Date().toISOString() }
    return await this.#checked(definition, async () => {
      await this.#options.snapshot.commit(process.id, entry)
      process.redefine(entry)
      return before
    })
  }

  /** Takes a definition out. On a full disk what is to go anyway goes first: it may be its log that has filled the disk. */
  async remove(id: string): Promise<void> {
    const { directories, snapshot } = this.#options
    try {
      await snapshot.commit(id, undefined)
    }
    catch (error) {
      if (!isOutOfSpace(error)) throw error
      await directories.discard(id)
      await snapshot.commit(id, undefined)
    }
  }

  async #prepare(entry: SnapshotEntry): Promise<ManagedProcess> {
    const { engine, directories } = this.#options
    const { id } = entry.definition
    const remembered = await directories.prepare(id, engine.bootId)
    const dir = directories.of(id)
    return new ManagedProcess(engine, { dir, entry, remembered, records: await RunRecords.load(dir) })
  }

  /** Lets a definition with dependencies in when all of them exist and none leads back to it. */
  async #checked<T>(definition: ProcessDefinition, store: () => Promise<T>): Promise<T> {
    if (definition.depends_on === undefined) return await store()
    const { engine, processes } = this.#options
    return await engine.queue.run(GRAPH, async () => {
      const definitions = new Map([...processes].map(([id, process]) => [id, process.definition])).set(definition.id, definition)
      const unknown = unknownDependencies(definition, definitions)
      const problems = unknown.map(id => ({ field: `depends_on.${id}`, reason: 'there is no such process' }))
      if (problems.length > 0) throw failure('VALIDATION_FAILED', { problems })
      const cycle = findCycle(definitions, definition.id)
      if (cycle) throw failure('DEPENDENCY_CYCLE', { cycle })
      return await store()
    })
  }
}
