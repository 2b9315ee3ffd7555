import { createHmac, randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'

/** A session as it is kept: only who has the token and the id can make its mark. */
export interface KeptSession { mark: string, expires_at: string }

export interface SessionBookOptions {
  /** Marks are made with it, so another token ends all sessions. */
  token: string
  kept: readonly KeptSession[]
  /** Keeps the sessions for the next host. */
  save: (sessions: KeptSession[]) => Promise<void>
  now?: () => number
}

export const SESSION_SECONDS = 30 * 24 * 60 * 60
const MAX_SESSIONS = 100

/** The sessions of browsers that have shown the token. */
export class SessionBook {
  readonly #token: string
  readonly #store: SessionBookOptions['save']
  readonly #now: () => number
  readonly #expiry: Map<string, number>
  readonly #connections = new Map<string, Set<Socket>>()
  #saved: Promise<void> = Promise.resolve()

  constructor({ token, kept, save, now = Date.now }: SessionBookOptions) {
    this.#token = token
    this.#store = save
    this.#now = now
    this.#expiry = new Map(kept.map(({ mark, expires_at: at }) => [mark, Date.parse(at)]))
  }

  /** Begins a session and gives its id, once it is kept. Throws what `save` throws. */
  async begin(): Promise<string> {
    const id = randomBytes(32).toString('base64url')
    this.#expiry.set(this.#markOf(id), this.#now() + SESSION_SECONDS * 1000)
    const [oldest] = this.#expiry.keys()
    if (this.#expiry.size > MAX_SESSIONS && oldest !== undefined) this.#drop(oldest)
    await this.#save()
    return id
  }

  /** Tells whether a session is alive; its connection then ends with it. */
  admits(id: string, connection: Socket): boolean {
    const mark = this.#markOf(id)
    const isAlive = (this.#expiry.get(mark) ?? 0) > this.#now()
    if (isAlive) this.#hold(mark, connection)
    return isAlive
  }

  /** Ends a session and its connections, but the one that asks for it. Throws what `save` throws. */
  async end(id: string, asking: Socket): Promise<void> {
    const mark = this.#markOf(id)
    if (!this.#expiry.has(mark)) return
    this.#connections.get(mark)?.delete(asking)
    this.#drop(mark)
    await this.#save()
  }

  #hold(mark: string, connection: Socket): void {
    const held = this.#connections.get(mark) ?? new Set()
    this.#connections.set(mark, held)
    if (held.has(connection)) return
    held.add(connection)
    connection.once('close', () => held.delete(connection))
  }

  #drop(mark: string): void {
    this.#expiry.delete(mark)
    for (const connection of this.#connections.get(mark) ?? []) connection.destroy()
    this.#connections.delete(mark)
  }

  /** One after the other, so that the newest state is the one that stays. */
  #save(): Promise<void> {
    const save = async () => {
      const alive = [...this.#expiry].filter(([, expiry]) => expiry > this.#now())
      await this.#store(alive.map(([mark, expiry]) => ({ mark, expires_at: new Date(expiry).toISOString() })))
    }
    return this.#saved = this.#saved.then(save, save)
  }

  #markOf(id: string): string {
    return createHmac('sha256', this.#token).update(id).digest('base64url')
  }
}
