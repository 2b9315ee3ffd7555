/**
 * Runs the jobs of one key one after the other, those of different keys side by side. The queue belongs to the key, not
 * to an object: a removed and re-created process goes on in the same one.
 */
export class KeyedQueue {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Runs `job` when all earlier ones of `key` have ended, whether they succeeded or not. */
  run<T>(key: string, job: () => Promise<T>): Promise<T> {
    const earlier = this.#last.get(key) ?? Promise.resolve()
    const result = earlier.then(job, job)
    const settled = result.catch(() => undefined) // the caller of run() sees the failure; the queue goes on
    this.#last.set(key, settled)
    void settled.then(() => {
      if (this.#last.get(key) === settled) this.#last.delete(key)
    })
    return result
  }

  /** Comes back when every job that is queued now has ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#last.values())
  }
}
