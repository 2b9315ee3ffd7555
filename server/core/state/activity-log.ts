import type { ActivityEntry } from '#shared/schemas/activity'
import type { EventHub } from '../events'
import type { Logger } from '../logger'
import { ActivityFile, type StoredActivity } from './activity-file'
import { UndoShelf } from './undo-shelf'

export interface ActivityLogOptions {
  dataDir: string
  events: EventHub
  log: Logger
  /** How many entries are kept. */
  limit: () => number
  /** A clock in ms that never goes back; by default the real one. */
  now?: () => number
}

/** What is known of a call when it has ended. */
export type EndedCall = Omit<ActivityEntry, 'seq' | 'at'>

/** A part of the activity: `limit` entries older than `before`. */
export interface ActivityQuery { limit: number, before?: number | undefined }

/** Who did what: the newest entries of this host and those before it, kept in `activity.jsonl` and told as events. */
export class ActivityLog {
  readonly #options: ActivityLogOptions
  readonly #file: ActivityFile
  readonly #undo: UndoShelf
  #entries: StoredActivity[] = []

  constructor(options: ActivityLogOptions) {
    this.#options = options
    const { dataDir, log, now = () => performance.now() } = options
    this.#undo = new UndoShelf(now)
    this.#file = new ActivityFile({ dataDir, log, kept: () => this.#kept() })
  }

  async open(): Promise<void> {
    this.#entries = await this.#file.load()
  }

  /** Adds what was done; comes back when it is stored, or could not be: then it is kept in memory. Never rejects. */
  async add({ undo, ...call }: EndedCall): Promise<void> {
    const seq = (this.#entries.at(-1)?.seq ?? 0) + 1
    const entry: StoredActivity = { seq, at: new Date().toISOString(), ...call }
    this.#entries = [...this.#kept(), entry]
    if (undo) this.#undo.put(seq, undo)
    this.#options.events.publish({ type: 'activity.added', data: this.#withUndo(entry) })
    await this.#file.save(entry)
  }

  /** Gives entries, the newest first; `undo` where the call that takes it back is known. */
  list({ limit, before = Infinity }: ActivityQuery): ActivityEntry[] {
    return this.#kept().filter(({ seq }) => seq < before).slice(-limit).reverse().map(entry => this.#withUndo(entry))
  }

  /** Stores what is under way. What comes later is not stored: the file belongs to the next host. */
  async close(): Promise<void> {
    await this.#file.close()
  }

  #kept(): StoredActivity[] {
    return this.#entries.slice(-this.#options.limit())
  }

  #withUndo(entry: StoredActivity): ActivityEntry {
    const undo = this.#undo.get(entry.seq)
    return undo ? { ...entry, undo } : entry
  }
}
