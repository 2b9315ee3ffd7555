import { randomBytes } from 'node:crypto'
import type { NumberedEvent, VantageEvent } from '#shared/schemas/events'

const KEPT = 1000

/**
 * Hands every change to whoever listens and keeps the newest 1000, so that a stream can resume.
 * Ids are opaque: a random word for this host, and a number.
 */
export class EventHub {
  readonly #epoch = randomBytes(4).toString('hex')
  readonly #kept: NumberedEvent[] = []
  readonly #listeners = new Set<(event: NumberedEvent) => void>()
  #seq = 0

  publish(event: VantageEvent): void {
    const numbered = { ...event, id: `${this.#epoch}-${++this.#seq}`, at: new Date().toISOString() }
    this.#kept.push(numbered)
    if (this.#kept.length > KEPT) this.#kept.shift()
    for (const listener of this.#listeners) listener(numbered)
  }

  /** Calls `listener` with each event from now on; the answer ends it. */
  subscribe(listener: (event: NumberedEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Comes back at the next event, or when `end` aborts. */
  async next(end: AbortSignal): Promise<void> {
    if (end.aborted) return
    await new Promise<void>((resolve) => {
      const done = () => {
        unsubscribe()
        end.removeEventListener('abort', done)
        resolve()
      }
      const unsubscribe = this.subscribe(done)
      end.addEventListener('abort', done)
    })
  }

  /** Gives the events after `id`, or undefined when `id` is not known any more: the reader has to start afresh. */
  after(id: string): NumberedEvent[] | undefined {
    if (id === `${this.#epoch}-0`) return this.#kept.length === this.#seq ? [...this.#kept] : undefined
    const at = this.#kept.findIndex(event => event.id === id)
    return at < 0 ? undefined : this.#kept.slice(at + 1)
  }

  /** The id of the newest event: where a reader that has just read everything goes on. */
  get lastId(): string {
    return `${this.#epoch}-${this.#seq}`
  }

  /** The newest `count` events, oldest first. */
  recent(count: number): NumberedEvent[] {
    return this.#kept.slice(-count)
  }
}
