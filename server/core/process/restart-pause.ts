import type { RestartRules } from '#shared/schemas/supervision'
import type { Memory } from './memory'
import { decideRestart, type EndedRun } from './restart-policy'

const NO_RESTART: RestartRules = { policy: 'no', max_retries: 0, backoff_ms: 0, max_backoff_ms: 0, reset_after_ms: 0 }

/** The pause before a restart by policy, over restarts of the host too: its end is on record. */
export class RestartPause implements Disposable {
  readonly #memory: Memory
  readonly #begin: () => void
  #timer: NodeJS.Timeout | undefined

  /** `begin` is called when a pause is over. */
  constructor(memory: Memory, begin: () => void) {
    this.#memory = memory
    this.#begin = begin
  }

  /** Asks the policy what follows, and lets a pause begin where it wants a restart: then true. `why` is in words. */
  async decide(rules: RestartRules = NO_RESTART, ended: EndedRun): Promise<{ isPaused: boolean, why: string }> {
    const count = this.#memory.value.restart?.count ?? 0
    const decision = decideRestart(rules, ended, count)
    if (decision.kind === 'restart') {
      const due = new Date(Date.now() + decision.delayMs)
      await this.#memory.note({ restart: { count: decision.count, due: due.toISOString() } })
      this.#wait(decision.delayMs)
      return { isPaused: true, why: ended.reason }
    }
    const restart = decision.kind === 'give_up' ? { count, gave_up: decision.reason } : undefined
    if (restart || this.#memory.value.restart) await this.#memory.note({ restart })
    return { isPaused: false, why: decision.kind === 'give_up' ? decision.reason : ended.reason }
  }

  /** Goes on with the pause of an earlier host; tells whether there was one. */
  resume({ max_backoff_ms: longestMs }: RestartRules = NO_RESTART): boolean {
    const { due } = this.#memory.value.restart ?? {}
    if (due === undefined) return false
    // However the clock was set since, no pause takes longer than the policy allows.
    this.#wait(Math.max(0, Math.min(Date.parse(due) - Date.now(), longestMs)))
    return true
  }

  /** Ends the pause without what was to follow. */
  [Symbol.dispose](): void {
    this.#timer = void clearTimeout(this.#timer)
  }

  /** A timer counts from the beginning of the turn it was set in, and may come before its time. */
  #wait(ms: number): void {
    const end = performance.now() + ms
    const look = () => {
      const leftMs = end - performance.now()
      if (leftMs > 0) this.#timer = setTimeout(look, Math.ceil(leftMs)).unref()
      else this.#begin()
    }
    this.#timer = setTimeout(look, Math.ceil(ms)).unref()
  }
}
