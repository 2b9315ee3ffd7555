import type { Logger } from '../logger'
import { type ProcessStateFile, writeProcessState } from '../state/process-state'
import { reasonOf } from '../state/snapshot-store'

/** What was wanted of a process, in memory and in its `state.json`. */
export class Memory {
  readonly #dir: string
  readonly #log: Logger
  #value: ProcessStateFile
  #stored: string

  /** `value` is what the file holds. */
  constructor(dir: string, value: ProcessStateFile, log: Logger) {
    this.#dir = dir
    this.#value = value
    this.#stored = JSON.stringify(value)
    this.#log = log
  }

  get value(): Readonly<ProcessStateFile> {
    return this.#value
  }

  /** Stores a change, where it is one; throws the error of the file system. */
  async store(change: Partial<ProcessStateFile>): Promise<void> {
    this.#value = { ...this.#value, ...change }
    const text = JSON.stringify(this.#value)
    if (text === this.#stored) return
    this.#stored = '' // of a write that fails halfway nobody knows what is there
    await writeProcessState(this.#dir, this.#value)
    this.#stored = text
  }

  /** Stores where that is possible: a full disk must not keep a process from being stopped. */
  async note(change: Partial<ProcessStateFile>): Promise<void> {
    try {
      await this.store(change)
    }
    catch (error) {
      this.#log.warn('process', 'what was wanted could not be stored', { dir: this.#dir, reason: reasonOf(error) })
    }
  }
}
