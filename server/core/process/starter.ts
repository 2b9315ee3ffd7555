import type { Caller } from '#shared/caller'
import { failure, toVantageError } from '#shared/errors'
import type { ProcessDefinition } from '#shared/schemas/definition'
import type { ProcessInfo } from '#shared/schemas/process-info'
import type { Dependencies, DependencyCondition } from '#shared/schemas/supervision'
import { conditionOf, type ConditionResult, findCycle } from './dependencies'
import type { Engine } from './engine'
import type { Beginning, ManagedProcess, StartedBy } from './managed-process'

export interface StarterOptions {
  engine: Engine
  /** Throws `PROCESS_NOT_FOUND`. */
  find: (id: string) => ManagedProcess
  processes: ReadonlyMap<string, ManagedProcess>
  /** Runs a job in the queue of an id. */
  change: <T>(id: string, job: () => Promise<T>) => Promise<T>
}

/** What follows for a process: nothing, a start, or a stop where it runs and a start. */
export type NextStep = 'rest' | 'start' | 'restart'

/** A start that waits: for whom it was asked, and what became of the starts of its dependencies. */
interface Wait extends Beginning { begun: Map<string, 'begun' | Error> }

interface Outlook { unmet: Dependencies, failed: { dependency: string, reason: string } | undefined }

/** Starts processes in the order of their dependencies: what one needs is started first, and waited for (CONTRACT §3). */
export class Starter implements Disposable {
  readonly #options: StarterOptions
  readonly #waits = new Map<string, Wait>()
  readonly #unsubscribe: () => void

  constructor(options: StarterOptions) {
    this.#options = options
    this.#unsubscribe = options.engine.events.subscribe((event) => {
      if (event.type === 'process.changed' || event.type === 'process.removed') this.#lookAtDependants(event.data.id)
    })
  }

  /**
   * Starts a process, and what it depends on; answers when it is launched, or waits for a dependency (`phase: waiting`).
   * Throws what `ManagedProcess.start` throws, `DEPENDENCY_FAILED` and `DEPENDENCY_CYCLE`.
   */
  begin(id: string, caller: Caller, by: StartedBy = 'caller'): Promise<ProcessInfo> {
    return this.after(id, { caller, by }, async () => {
      this.#options.find(id).check('start')
      return 'start'
    })
  }

  /** Stops a process where it runs, and starts it as `begin` does. */
  restart(id: string, caller: Caller, by: StartedBy = 'caller'): Promise<ProcessInfo> {
    return this.after(id, { caller, by }, async () => {
      this.#options.find(id)
      return 'restart'
    })
  }

  /** Does `prepare` in the queue of an id, and what it wants done next before anybody else has a turn. */
  async after(id: string, { caller, by }: Beginning, prepare: () => Promise<NextStep>): Promise<ProcessInfo> {
    const isWaiting = await this.#options.change(id, async () => {
      const step = await prepare()
      if (step === 'rest') return false
      const process = this.#options.find(id)
      if (step === 'restart') {
        if (process.isAlive) await process.stop({}, 'start')
        this.forget(id)
      }
      return !await this.#launchOrWait(process, { caller, by })
    })
    return isWaiting ? await this.#beginDependencies(id) : this.#options.find(id).info
  }

  /** Launches a process whose dependencies allow it; else lets it wait, and answers false. Runs in the queue of the process. */
  async #launchOrWait(process: ManagedProcess, { caller, by }: Beginning): Promise<boolean> {
    const wait: Wait = { caller, by, begun: new Map() }
    const { unmet } = this.#outlook(process.definition, wait)
    if (Object.keys(unmet).length === 0) {
      await process.start(caller, by)
      return true
    }
    const refusal = this.#refusal(process.definition)
    if (refusal) {
      await process.failStart(refusal)
      throw refusal
    }
    await process.waitFor(unmet, wait)
    this.#waits.set(process.id, wait)
    return false
  }

  /** Starts what a waiting process needs and what does not run; then the process itself, where that was enough. */
  async #beginDependencies(id: string): Promise<ProcessInfo> {
    const wait = this.#waits.get(id)
    const needed = Object.keys(this.#options.find(id).info.waiting_for ?? {})
    if (wait) await Promise.all(needed.map(async dependency => wait.begun.set(dependency, await this.#beginOne(dependency, wait.caller))))
    return await this.#advance(id)
  }

  /** The processes that a start of `id`, depending on `dependencies`, would start besides it, as things are now. */
  startedWith(id: string, dependencies = this.#options.processes.get(id)?.definition.depends_on): string[] {
    const found = new Set(this.#idleOf(dependencies))
    for (const each of found) { // a Set goes on over what is added
      for (const next of this.#idleOf(this.#options.processes.get(each)?.definition.depends_on)) found.add(next)
    }
    found.delete(id)
    return [...found]
  }

  #idleOf(dependencies: Dependencies | undefined): string[] {
    const { unmet } = this.#outlook({ depends_on: dependencies }, { begun: new Map() })
    return Object.keys(unmet).filter(dependency => this.#options.processes.get(dependency)?.info.phase === 'idle')
  }

  /** A process that is stopped, removed or started anew waits no longer. */
  forget(id: string): void {
    this.#waits.delete(id)
  }

  [Symbol.dispose](): void {
    this.#unsubscribe()
    this.#waits.clear()
  }

  async #beginOne(id: string, caller: Caller): Promise<'begun' | Error> {
    try {
      if (this.#options.processes.get(id)?.info.phase === 'idle') await this.begin(id, caller)
      return 'begun'
    }
    catch (thrown) {
      const error = toVantageError(thrown)
      return error.code === 'ALREADY_RUNNING' ? 'begun' : error // somebody else was faster
    }
  }

  #lookAtDependants(changed: string): void {
    for (const id of this.#waits.keys()) {
      const dependencies = this.#options.processes.get(id)?.definition.depends_on ?? {}
      if (changed in dependencies) void this.#advance(id).catch(() => undefined) // the state of the process tells why
    }
  }

  async #advance(id: string): Promise<ProcessInfo> {
    return await this.#options.change(id, async () => {
      const process = this.#options.find(id)
      const wait = this.#waits.get(id)
      if (wait && process.info.phase === 'waiting') await this.#decide(process, wait)
      return process.info
    })
  }

  async #decide(process: ManagedProcess, wait: Wait): Promise<void> {
    const { unmet, failed } = this.#outlook(process.definition, wait)
    if (failed) {
      this.#waits.delete(process.id)
      const error = failure('DEPENDENCY_FAILED', { id: process.id, ...failed })
      await process.failStart(error)
      throw error
    }
    if (Object.keys(unmet).length > 0) return await process.waitFor(unmet, wait)
    this.#waits.delete(process.id)
    await process.start(wait.caller, wait.by)
  }

  /** What of the dependencies is not fulfilled yet, and which of them never will be: only one whose start was tried can have failed. */
  #outlook({ depends_on: dependencies = {} }: Pick<ProcessDefinition, 'depends_on'>, { begun }: Pick<Wait, 'begun'>): Outlook {
    const outlook: Outlook = { unmet: {}, failed: undefined }
    for (const [dependency, condition] of Object.entries(dependencies)) {
      const start = begun.get(dependency)
      const verdict = start instanceof Error ? { failed: start.message } : this.#verdictOf(dependency, condition, start !== undefined)
      if (verdict === 'met') continue
      outlook.unmet[dependency] = condition
      if (start !== undefined && typeof verdict === 'object') outlook.failed ??= { dependency, reason: withoutStop(verdict.failed) }
    }
    return outlook
  }

  #verdictOf(id: string, condition: DependencyCondition, wasBegun: boolean): ConditionResult {
    const process = this.#options.processes.get(id)
    if (!process) return { failed: 'it was removed' }
    const { phase, error } = process.info
    return conditionOf(condition, { phase, wasBegun, end: process.newestEnd, error })
  }

  /** A dependency that is missing or that leads back to the process would be waited for for ever. */
  #refusal({ id, depends_on: dependencies = {} }: ProcessDefinition) {
    const missing = Object.keys(dependencies).find(dependency => !this.#options.processes.has(dependency))
    if (missing !== undefined) return failure('DEPENDENCY_FAILED', { id, dependency: missing, reason: 'it does not exist' })
    const cycle = findCycle(new Map([...this.#options.processes].map(([each, process]) => [each, process.definition])), id)
    return cycle && failure('DEPENDENCY_CYCLE', { cycle })
  }
}

/** A message becomes part of a longer sentence. */
const withoutStop = (sentence: string) => sentence.replace(/\.$/, '')
