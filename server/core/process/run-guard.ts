import type { ProcessPhase } from '#shared/lifecycle'
import { follow } from '../logs/follow'
import type { ProcessLog } from '../logs/process-log'
import type { Engine } from './engine'
import { watchFiles } from './file-watch'
import { environmentOf } from './launch-plan'
import { watchReadiness } from './readiness'
import { groupOf, type Run } from './run'
import { Suspension } from './suspension'

/** What a guard tells of its run. */
export interface GuardEvents {
  /** It became ready, or is not. */
  moved: (phase: Extract<ProcessPhase, 'ready' | 'unready'>, why: string) => void
  /** It is slowed down, or no longer. */
  changed: () => void
  /** It has to end as failed. */
  failed: (reason: string) => void
  /** A file that it watches has changed. */
  filesChanged: (path: string) => void
}

interface Guarded { run: Run, log: ProcessLog }

/** Watches over a run while it is alive: readiness, memory, output, files. Disposed of before the run is stopped. */
export class RunGuard implements Disposable {
  readonly #engine: Engine
  readonly #guarded: Guarded
  readonly #events: GuardEvents
  readonly #end = new AbortController()
  readonly #suspension: Suspension
  #isThrottled = false

  constructor(engine: Engine, guarded: Guarded, events: GuardEvents) {
    this.#engine = engine
    this.#guarded = guarded
    this.#events = events
    this.#suspension = new Suspension(engine, guarded.run)
    this.#watchMemory()
    this.#watchOutput()
    void this.#watchReadiness() // tells its failures itself
    void this.#watchFiles()
  }

  /** Its output is being slowed down. */
  get isThrottled(): boolean {
    return this.#isThrottled
  }

  /** Suspends the whole run; see `Suspension.standStill`. */
  standStill(): Promise<(() => void) | undefined> {
    return this.#suspension.standStill()
  }

  [Symbol.dispose](): void {
    this.#end.abort()
  }

  get #definition() {
    return this.#guarded.run.spec.definition
  }

  #watchMemory(): void {
    const { run } = this.#guarded
    const { id, limits } = this.#definition
    const memoryBytes = limits?.memory_bytes
    const limit = memoryBytes === undefined
      ? undefined
      : { memoryBytes, onExceeded: (used: number) => this.#events.failed(`used ${inMegabytes(used)} of memory, more than its limit of ${inMegabytes(memoryBytes)}`) }
    this.#engine.metrics.watch(id, { ...groupOf(run), startedAt: Date.parse(run.spec.started_at) }, limit)
    this.#onEnd(() => this.#engine.metrics.unwatch(id))
  }

  #watchOutput(): void {
    const { brake } = this.#engine
    const { log } = this.#guarded
    const { id, limits } = this.#definition
    this.#onEnd(brake.watch({
      id,
      written: () => log.writtenBytes,
      pause: () => this.#suspension.hold('brake'),
      resume: () => this.#suspension.letGo('brake'),
      ...(limits?.log_rate_bytes !== undefined && { rateBytes: limits.log_rate_bytes }),
      onChange: (isThrottled) => {
        this.#isThrottled = isThrottled
        if (!this.#end.signal.aborted) this.#events.changed()
      },
    }))
    this.#onEnd(log.onGrowth(() => brake.grew(id)))
  }

  async #watchReadiness(): Promise<void> {
    const { ready: rules, cwd } = this.#definition
    if (!rules) return
    const { run } = this.#guarded
    const { os, matcher } = this.#engine
    const request = {
      rules,
      run: { startedAt: new Date(run.spec.started_at), env: await environmentOf(this.#engine, run), cwd },
      lines: (signal: AbortSignal) => this.#lines(signal),
      matcher,
      os,
      signal: this.#end.signal,
    }
    await watchReadiness(request, {
      ready: () => this.#events.moved('ready', 'its check succeeded'),
      unready: reason => this.#events.moved('unready', reason),
      failed: this.#events.failed,
    })
  }

  /** The lines of this run from its first one on. */
  async* #lines(signal: AbortSignal): AsyncGenerator<string[]> {
    const { run: { number: run }, log } = this.#guarded
    const { first_cursor: first } = await log.page({ stream: 'both', lines: 1, run })
    const { next } = await log.page({ stream: 'both', lines: 1, run, before: first })
    for await (const { lines } of follow(log, { since: next, stream: 'both', signal })) {
      yield lines.flatMap(line => line.run === run ? [line.text] : [])
    }
  }

  async #watchFiles(): Promise<void> {
    const { id, watch: rules, cwd } = this.#definition
    if (!rules) return
    const { dataDir, log } = this.#engine
    try {
      const watching = await watchFiles(rules, { cwd, dataDir }, {
        change: path => this.#events.filesChanged(path),
        problem: reason => log.warn('watch', `${id}: ${reason}`),
      })
      this.#onEnd(() => void watching[Symbol.asyncDispose]()) // closes what it has opened; nobody waits for it
    }
    catch (error) {
      log.warn('watch', `${id}: its files cannot be watched`, { error })
    }
  }

  #onEnd(act: () => void): void {
    if (this.#end.signal.aborted) act()
    else this.#end.signal.addEventListener('abort', act, { once: true })
  }
}

const inMegabytes = (bytes: number) => `${(bytes / 1_000_000).toFixed(0)} MB`
