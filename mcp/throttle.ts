interface Pause { timer: NodeJS.Timeout, isDue: boolean }

/** Does what belongs to a key at once, and again at most every `everyMs`: what comes meanwhile is one time more at its end. */
export class Throttle {
  readonly #everyMs: number
  readonly #pauses = new Map<string, Pause>()

  constructor(everyMs: number) {
    this.#everyMs = everyMs
  }

  run(key: string, action: () => void): void {
    const pause = this.#pauses.get(key)
    if (pause) pause.isDue = true
    else this.#begin(key, action)
  }

  #begin(key: string, action: () => void): void {
    const timer = setTimeout(() => {
      const isDue = this.#pauses.get(key)?.isDue
      this.#pauses.delete(key)
      if (isDue) this.#begin(key, action)
    }, this.#everyMs)
    timer.unref()
    this.#pauses.set(key, { timer, isDue: false })
    action()
  }

  /** Drops what would still come for a key. */
  forget(key: string): void {
    clearTimeout(this.#pauses.get(key)?.timer)
    this.#pauses.delete(key)
  }

  [Symbol.dispose](): void {
    for (const key of this.#pauses.keys()) this.forget(key)
  }
}
