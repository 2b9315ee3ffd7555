import type { UndoCall } from '#shared/schemas/activity'
import { UNDO_KEPT_MS } from '#shared/undo-time'

/** A definition may be large, and many of them may be changed in ten minutes. */
const MAX_CHARS = 8 * 1024 * 1024

interface Kept { call: UndoCall, until: number, size: number }

/**
 * Remembers for ten minutes how calls are taken back, in memory only: a definition in them has the values of its environment.
 * All of them together take at most 8 MiB; the oldest go first.
 */
export class UndoShelf {
  readonly #now: () => number
  readonly #calls = new Map<number, Kept>()
  #size = 0

  /** `now`: a clock in ms that never goes back. */
  constructor(now: () => number) {
    this.#now = now
  }

  put(seq: number, call: UndoCall): void {
    const size = JSON.stringify(call).length
    this.#calls.set(seq, { call, until: this.#now() + UNDO_KEPT_MS, size })
    this.#size += size
    this.#clear()
  }

  /** How the call of this entry is taken back; undefined when that is not known any more. */
  get(seq: number): UndoCall | undefined {
    this.#clear()
    return this.#calls.get(seq)?.call
  }

  #clear(): void {
    for (const [seq, { until, size }] of this.#calls) { // oldest first
      if (until > this.#now() && this.#size <= MAX_CHARS) return
      this.#calls.delete(seq)
      this.#size -= size
    }
  }
}
