import { mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { failure, toVantageError, VantageError } from '#shared/errors'
import type { Logger } from '../logger'
import { atomicWrite } from './atomic-file'
import { readIfThere } from './read-if-there'
import { MAX_BYTES } from './yaml'
import { MAX_ENTRIES, parseSnapshot, printEntry, printSnapshot, type SnapshotDefaults, type SnapshotEntry } from './snapshot-file'

export interface SnapshotStoreOptions {
  dataDir: string
  defaults: () => SnapshotDefaults
  log: Logger
}

interface Change {
  id: string
  /** The printed entry, or undefined to remove it. */
  text: string | undefined
  resolve: () => void
  reject: (error: unknown) => void
}

const LAST_GOOD = 'snapshot.yaml'

/**
 * Keeps `snapshot.yaml`: every definition, on the disk before a change is acknowledged. Changes that come while one is
 * being written share the next write.
 */
export class SnapshotStore {
  readonly #options: SnapshotStoreOptions
  readonly #file: string
  readonly #backups: string
  /** What is on the disk, entry by entry. */
  #printed: ReadonlyMap<string, string> = new Map()
  #changes: Change[] = []
  #isWriting = false
  #backup: Promise<void> = Promise.resolve()

  constructor(options: SnapshotStoreOptions) {
    this.#options = options
    this.#file = join(options.dataDir, 'snapshot.yaml')
    this.#backups = join(options.dataDir, 'backups')
  }

  /**
   * Reads the definitions. A damaged file is never overwritten: it is moved aside, and the newest good backup is read.
   * `isComplete` is false when definitions may be missing.
   */
  async load(): Promise<{ entries: SnapshotEntry[], isComplete: boolean }> {
    await mkdir(this.#backups, { recursive: true, mode: 0o700 })
    const text = await readIfThere(this.#file)
    if (text === undefined) return this.#accept(await this.#newestBackup(), false)
    try {
      return this.#accept(parseSnapshot(text, this.#file, this.#options.defaults()), true)
    }
    catch (error) {
      const aside = `${this.#file}.corrupt-${new Date().toISOString().replaceAll(':', '-')}`
      await rename(this.#file, aside)
      this.#options.log.error('snapshot', toVantageError(error).message, { moved_to: aside })
      return this.#accept(await this.#newestBackup(), false)
    }
  }

  /**
   * Makes `change` (an entry, or undefined to remove it) durable. Throws `STORAGE_FAILED` when the disk refuses, and
   * `VALIDATION_FAILED` when the file would be too large to be read again; it is then as it was.
   */
  async commit(id: string, change: SnapshotEntry | undefined): Promise<void> {
    try {
      await this.#write(id, change && printEntry(change))
    }
    catch (cause) {
      if (cause instanceof VantageError) throw cause
      throw failure('STORAGE_FAILED', { action: `The definition of "${id}"`, reason: reasonOf(cause) }, cause)
    }
  }

  /** Writes all entries as they are now, with their states, and waits for the backup. */
  async save(entries: SnapshotEntry[]): Promise<void> {
    const changed = entries.filter(entry => this.#printed.get(entry.definition.id) !== printEntry(entry))
    await Promise.all(changed.map(entry => this.#write(entry.definition.id, printEntry(entry))))
    await this.#backup
  }

  #accept(entries: SnapshotEntry[], isComplete: boolean): { entries: SnapshotEntry[], isComplete: boolean } {
    this.#printed = new Map(entries.map(entry => [entry.definition.id, printEntry(entry)]))
    return { entries, isComplete }
  }

  #write(id: string, text: string | undefined): Promise<void> {
    const done = new Promise<void>((resolve, reject) => this.#changes.push({ id, text, resolve, reject }))
    if (!this.#isWriting) void this.#drain() // each change hears of its own failure
    return done
  }

  async #drain(): Promise<void> {
    this.#isWriting = true
    while (this.#changes.length > 0) {
      const { next, accepted } = this.#apply(this.#changes.splice(0))
      if (accepted.length === 0) continue
      try {
        const whole = printSnapshot([...next.keys()].sort().map(id => next.get(id) ?? ''))
        await atomicWrite(this.#file, whole, { sync: true })
        this.#printed = next
        this.#backup = this.#backup.then(() => this.#backUp(whole))
        accepted.forEach(change => change.resolve())
      }
      catch (error) {
        accepted.forEach(change => change.reject(error))
      }
    }
    this.#isWriting = false
  }

  /** Takes changes in, one after the other; one with which the file could not be read again is refused. */
  #apply(changes: Change[]): { next: Map<string, string>, accepted: Change[] } {
    const next = new Map(this.#printed)
    let bytes = [...next.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0)
    const accepted = changes.filter(({ id, text, reject }) => {
      const before = next.get(id)
      const grown = bytes + Buffer.byteLength(text ?? '') - Buffer.byteLength(before ?? '')
      const refusal = text === undefined ? undefined : refusalOf({ isNew: before === undefined, count: next.size, bytes, grown })
      if (refusal) {
        reject(refusal)
        return false
      }
      bytes = grown
      if (text === undefined) next.delete(id)
      else next.set(id, text)
      return true
    })
    return { next, accepted }
  }

  /** A copy, not a link: what spoils the one file must not spoil the other. A newer one on its way makes it needless. */
  async #backUp(text: string): Promise<void> {
    if (this.#changes.length > 0) return
    try {
      await atomicWrite(join(this.#backups, LAST_GOOD), text, { sync: false })
    }
    catch (error) {
      this.#options.log.warn('snapshot', 'the backup could not be written', { reason: reasonOf(error) })
    }
  }

  async #newestBackup(): Promise<SnapshotEntry[]> {
    const names = (await readdir(this.#backups)).filter(name => name.endsWith('.yaml')).sort().reverse()
    for (const name of [LAST_GOOD, ...names.filter(other => other !== LAST_GOOD)]) {
      const file = join(this.#backups, name)
      const text = await readIfThere(file)
      if (text === undefined) continue
      try {
        const entries = parseSnapshot(text, file, this.#options.defaults())
        this.#options.log.warn('snapshot', 'the definitions come from a backup', { file, count: entries.length })
        return entries
      }
      catch (error) {
        this.#options.log.error('snapshot', toVantageError(error).message)
      }
    }
    return []
  }
}

/** What header and end mark take at most. */
const FRAME_BYTES = 1024

interface Growth { isNew: boolean, count: number, bytes: number, grown: number }

function refusalOf({ isNew, count, bytes, grown }: Growth): VantageError | undefined {
  const refuse = (field: string, reason: string) => failure('VALIDATION_FAILED', { problems: [{ field, reason }] })
  if (isNew && count >= MAX_ENTRIES) return refuse('id', `there are ${MAX_ENTRIES} processes already; remove one first`)
  if (grown > bytes && grown > MAX_BYTES - FRAME_BYTES) return refuse('', `all definitions together would be larger than ${MAX_BYTES} bytes`)
  return undefined
}

/** Tells whether a `STORAGE_FAILED` comes from a full disk or quota. */
export function isOutOfSpace(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT')
}

/** What the file system said, without the path of a temporary file. */
export function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
  const words: Record<string, string> = {
    ENOSPC: 'no space left on the disk (ENOSPC)',
    EROFS: 'the file system is read-only (EROFS)',
    EACCES: 'permission denied (EACCES)',
    EDQUOT: 'the disk quota is used up (EDQUOT)',
    EMFILE: 'too many open files (EMFILE)',
  }
  return words[code ?? ''] ?? code ?? 'no reason given'
}
