/** Runs one piece of work at a time, in the order of asking. */
export class Exclusive {
  #tail: Promise<unknown> = Promise.resolve()

  /** Gives what `work` gives, after everything that was asked for before has ended, well or not. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work)
    this.#tail = result.then(() => {}, () => {}) // whoever asked for it hears of its failure
    return result
  }
}
