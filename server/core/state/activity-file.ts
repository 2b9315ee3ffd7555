import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ActivityEntry } from '#shared/schemas/activity'
import type { Logger } from '../logger'
import { atomicWrite } from './atomic-file'
import { readTail } from './read-tail'
import { reasonOf } from './snapshot-store'

/** An entry as it is stored: an undo may hold values of an environment. */
export const StoredActivity = ActivityEntry.omit({ undo: true })
export type StoredActivity = Omit<ActivityEntry, 'undo'>

export interface ActivityFileOptions {
  dataDir: string
  log: Logger
  /** The entries that are to stay, the newest last. */
  kept: () => readonly StoredActivity[]
}

/** More than the largest number of the largest entries: a file that is longer was not written by us. */
const MAX_READ_BYTES = 64 << 20
/** How much longer than what is to stay the file may become before it is written anew. */
const TOLERANCE = 1.25

/**
 * `activity.jsonl`, one entry a line. Entries that come while some are being written share the next write. What cannot be
 * written waits for the next one: nobody's call fails for it.
 */
export class ActivityFile {
  readonly #options: ActivityFileOptions
  readonly #path: string
  #unsaved: StoredActivity[] = []
  #lines = 0
  /** The file may end in the middle of a line: a crash, or a disk that was full. */
  #isTorn = false
  #isFailing = false
  #isClosed = false
  #writing: Promise<void> = Promise.resolve()

  constructor(options: ActivityFileOptions) {
    this.#options = options
    this.#path = join(options.dataDir, 'activity.jsonl')
  }

  /** Reads what earlier hosts have written, by `seq`; what is no entry is left out and counted in the log of the host. */
  async load(): Promise<StoredActivity[]> {
    try {
      const text = await readTail(this.#path, MAX_READ_BYTES) ?? ''
      const lines = text.split('\n').filter(line => line !== '')
      const entries = lines.flatMap(toEntry)
      this.#isTorn = text !== '' && !text.endsWith('\n')
      this.#lines = lines.length
      if (entries.length < lines.length) this.#options.log.warn('activity', 'some lines of activity.jsonl are no entries', { lines: lines.length - entries.length })
      return [...new Map(entries.map(entry => [entry.seq, entry])).values()].sort((a, b) => a.seq - b.seq)
    }
    catch (error) {
      this.#options.log.warn('activity', 'activity.jsonl cannot be read', { reason: reasonOf(error) })
      return []
    }
  }

  /** Comes back when the entry is written, or could not be. Never rejects. */
  async save(entry: StoredActivity): Promise<void> {
    this.#unsaved.push(entry)
    await (this.#writing = this.#writing.then(() => this.#flush()))
  }

  /** Writes what is left. From then on nothing is written: the file belongs to the next host. */
  async close(): Promise<void> {
    await (this.#writing = this.#writing.then(() => this.#flush()))
    this.#isClosed = true
  }

  async #flush(): Promise<void> {
    const entries = this.#unsaved
    if (entries.length === 0 || this.#isClosed) return
    this.#unsaved = []
    try {
      await this.#write(entries)
      if (this.#isFailing) this.#options.log.info('activity', 'is written again')
      this.#isFailing = false
    }
    catch (error) {
      this.#isTorn = true
      this.#unsaved = [...entries, ...this.#unsaved].slice(-this.#options.kept().length)
      if (!this.#isFailing) this.#options.log.warn('activity', 'cannot be written and stays in memory', { reason: reasonOf(error) })
      this.#isFailing = true
    }
  }

  async #write(entries: readonly StoredActivity[]): Promise<void> {
    const kept = this.#options.kept()
    if (this.#lines + entries.length > Math.ceil(kept.length * TOLERANCE)) {
      await atomicWrite(this.#path, toText(kept), { sync: false })
      this.#lines = kept.length
    }
    else {
      await appendFile(this.#path, (this.#isTorn ? '\n' : '') + toText(entries), { mode: 0o600 })
      this.#lines += entries.length
    }
    this.#isTorn = false
  }
}

const toText = (entries: readonly StoredActivity[]) => entries.map(entry => `${JSON.stringify(entry)}\n`).join('')

function toEntry(line: string): StoredActivity[] {
  try {
    return [StoredActivity.parse(JSON.parse(line))]
  }
  catch {
    return [] // cut by a crash or a full disk, or not ours
  }
}
