const KEPT = 100

/** The lines that were sent, to be brought back: like a shell, with the line being written at the end. */
export class InputHistory {
  readonly #lines: string[] = []
  /** Which line is shown; the number of lines while a new one is written. */
  #at = 0
  #draft = ''

  /** Remembers a line that was sent; an empty one, or the same again, is not worth a place. */
  add(line: string): void {
    if (line !== '' && line !== this.#lines.at(-1)) this.#lines.push(line)
    if (this.#lines.length > KEPT) this.#lines.shift()
    this.#at = this.#lines.length
    this.#draft = ''
  }

  older(shown: string): string {
    return this.#show(this.#at - 1, shown)
  }

  newer(shown: string): string {
    return this.#show(this.#at + 1, shown)
  }

  #show(at: number, shown: string): string {
    if (at < 0 || at > this.#lines.length) return shown
    if (this.#at === this.#lines.length) this.#draft = shown
    this.#at = at
    return this.#lines[at] ?? this.#draft
  }
}
