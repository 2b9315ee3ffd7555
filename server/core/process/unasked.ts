import { toVantageError } from '#shared/errors'
import type { EndedCall } from '../state/activity-log'
import type { BeginReason, Engine } from './engine'
import type { ManagedProcess } from './managed-process'
import type { Starter } from './starter'
import type { StopRequest } from './stop-run'

export interface UnaskedOptions {
  engine: Pick<Engine, 'activity' | 'log'>
  processes: ReadonlyMap<string, ManagedProcess>
  starter: Starter
  /** Runs a job in the queue of an id. */
  change: <T>(id: string, job: () => Promise<T>) => Promise<T>
}

/** Changes that no caller waits for: of a restart policy, a watch, a limit, the end of an MCP session. None of them throws. */
export class Unasked {
  readonly #options: UnaskedOptions

  constructor(options: UnaskedOptions) {
    this.#options = options
  }

  /** Starts or restarts a process, for its policy or its watch. */
  async begin(id: string, why: BeginReason): Promise<void> {
    const { engine, processes, starter } = this.#options
    await this.#tell(id, async () => {
      const phase = processes.get(id)?.phase
      if (why.kind === 'policy' && phase === 'backoff') await starter.begin(id, {}, 'policy')
      if (why.kind !== 'watch' || phase === undefined || phase === 'stopping') return
      engine.log.info('process', `${id}: ${why.path} has changed`)
      await starter.restart(id, {}, 'system')
    })
  }

  /** Ends a run as failed. */
  async fail(id: string, run: number, reason: string): Promise<void> {
    const { change, processes } = this.#options
    await this.#tell(id, () => change(id, async () => processes.get(id)?.fail(run, reason)))
  }

  /** Stops what is bound to an MCP session that has ended. */
  async stopBound(session: string, request: StopRequest): Promise<void> {
    const { change, engine, processes, starter } = this.#options
    const ids = [...processes.values()].flatMap(({ id, definition }) => definition.lifetime === 'session' ? [id] : [])
    await Promise.all(ids.map(id => this.#tell(id, () => change(id, async () => {
      const process = processes.get(id) // one that has been started for another session meanwhile stays
      if (process?.boundTo !== session) return
      engine.log.info('process', `${id}: its session has ended`)
      await process.stop(request)
      starter.forget(id)
      await engine.activity.add(stopOf(id))
    }))))
  }

  /** The state of the process tells what became of it, and the log of the host why. */
  async #tell(id: string, act: () => Promise<unknown>): Promise<void> {
    try {
      await act()
    }
    catch (thrown) {
      const { code, message } = toVantageError(thrown)
      if (code !== 'SHUTTING_DOWN') this.#options.engine.log.warn('process', `${id}: ${message}`)
    }
  }
}

/** Nobody has called for it, but people are to see why it stopped. */
function stopOf(id: string): EndedCall {
  return {
    actor: { kind: 'system', name: 'vantage' },
    action: 'stop_process',
    process_id: id,
    result: 'ok',
    summary: `Stopped ${id}: the session that had started it has ended`,
    undo: { method: 'POST', path: `/api/processes/${id}/start` },
  }
}
