const QUIET_MS = 20

/** Tells listeners that something has grown: at once, but at most 50 times a second. */
export class GrowthSignal implements Disposable {
  readonly #listeners = new Set<() => void>()
  #timer: NodeJS.Timeout | undefined
  #isDirty = false

  /** Calls `listener` from now on; the answer ends it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  emit(): void {
    this.#isDirty = true
    if (!this.#timer) this.#tell()
  }

  [Symbol.dispose](): void {
    this.#timer = void clearTimeout(this.#timer)
    this.#listeners.clear()
  }

  #tell(): void {
    this.#timer = undefined
    if (!this.#isDirty) return
    this.#isDirty = false
    this.#timer = setTimeout(() => this.#tell(), QUIET_MS).unref()
    for (const listener of this.#listeners) listener()
  }
}
