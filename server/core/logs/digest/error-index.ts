import { join } from 'node:path'
import { STREAMS, type StreamName } from '#shared/schemas/logs'
import type { LogDigest } from '#shared/schemas/digest'
import type { Logger } from '../../logger'
import { Exclusive } from '../exclusive'
import type { RunLog } from '../run-log'
import { readChunk } from './chunk-reader'
import { toDigest, type DigestParts } from './digest'
import { ErrorGroups } from './error-groups'
import { toGroup, type Extract, type FoundGroup } from './extract'
import { emptyIndex, INDEX_FILE, readIndex, removeIndex, unreadRun, writeIndex, type IndexFile, type ReadRun, type ReadStream } from './index-file'
import { FloodGauge } from './flood-gauge'
import { PlaceFinder } from './place'
import type { ErrorScanner } from './scanner'

/** So much may be unread before it is read without being asked for: retention must not come first. */
const BACKGROUND_BYTES = 4 * 1024 * 1024
/** After a failure of the disk nothing is read in the background for so long. */
const REST_MS = 60_000
/** What a digest may take to read what is new. */
const BUDGET_MS = 1500

export interface ErrorIndexOptions {
  id: string
  dir: string
  incarnation: string
  log: Logger
  scanner: ErrorScanner
  /** The runs as of now, oldest first. */
  runs: () => readonly RunLog[]
  /** Has every cut on record. */
  verify: () => Promise<void>
  closed: AbortSignal
}

/**
 * The errors that the log of one process has ever told, each kind once. They are found when somebody asks, when a run ends and
 * when much has come; what was read is kept beside the log, so that floods, retention and new hosts take nothing from it.
 */
export class ErrorIndex {
  readonly #options: ErrorIndexOptions
  readonly #path: string
  readonly #work = new Exclusive()
  /** Sizes at which a stream had no complete line left to read. */
  readonly #exhausted = new Map<ReadStream, number>()
  readonly #gauge = new FloodGauge()
  #index: IndexFile | undefined
  #groups = new ErrorGroups()
  #draining: Promise<void> | undefined
  #isDirty = false
  #restsUntil = 0

  constructor(options: ErrorIndexOptions) {
    this.#options = options
    this.#path = join(options.dir, INDEX_FILE)
  }

  /** Reads on in the background when much is unread, but not along with a flood. Cheap: called whenever the log grows. */
  grew(): void {
    const run = this.#options.runs().at(-1)
    if (!run) return
    const { stdout, stderr } = run.streams
    const isFlood = this.#gauge.note(stdout.size + stderr.size, performance.now())
    if (isFlood || this.#draining || performance.now() < this.#restsUntil) return
    const known = this.#index?.runs.find(one => one.run === run.run)
    const unread = STREAMS.reduce((sum, name) => sum + run.streams[name].size - (known?.[name].read ?? 0), 0)
    if (unread >= BACKGROUND_BYTES) this.drain()
  }

  /** Reads in the background what is unread: one process of the host after the other. */
  drain(): void {
    const { scanner, log, id, closed } = this.#options
    this.#draining ??= scanner.inBackground(async () => {
      while (await this.#step());
      await this.#work.run(() => this.#save())
    }).catch((error) => {
      if (!closed.aborted) log.warn('logs', 'errors could not be looked for', { id, error })
      this.#restsUntil = performance.now() + REST_MS
    }).finally(() => this.#draining = undefined)
  }

  /** Tells what is known, after reading what is new: as much of it as `budgetMs` allows, the rest is named and read later. */
  async digest(budgetMs = BUDGET_MS): Promise<LogDigest> {
    const deadline = performance.now() + budgetMs
    let hasMore = true
    while (hasMore && performance.now() < deadline) hasMore = await this.#step()
    if (hasMore) this.drain()
    return await this.#work.run(async () => {
      await this.#save()
      return toDigest(await this.#parts())
    })
  }

  /** Forgets every error: for a log that was cleared. */
  async forget(): Promise<void> {
    await this.#work.run(async () => {
      const index = await this.#load()
      this.#groups = new ErrorGroups()
      index.runs = []
      for (const run of this.#options.runs()) {
        await run.ready()
        const entry = unreadRun(run.run)
        for (const name of STREAMS) Object.assign(entry[name], { read: run.streams[name].first, lines: run.streams[name].firstLines })
        index.runs.push(entry)
      }
      this.#isDirty = true
      await this.#save()
    })
  }

  /** Forgets how far a run was read whose number will be used again. */
  async discard(run: number): Promise<void> {
    const index = await this.#work.run(() => this.#load())
    index.runs = index.runs.filter(one => one.run !== run)
  }

  /** Waits for the chunk that is being read and keeps what is known. To be called when the log is closed. */
  async close(): Promise<void> {
    const { log, id } = this.#options
    // A full disk must keep no process from being removed, and no host from its end.
    await this.#work.run(() => this.#save()).catch(error => log.warn('logs', 'the errors found in a log could not be stored', { id, error }))
  }

  async remove(): Promise<void> {
    await this.#work.run(() => removeIndex(this.#path))
  }

  async #load(): Promise<IndexFile> {
    const { incarnation } = this.#options
    if (this.#index) return this.#index
    this.#index = await readIndex(this.#path, incarnation) ?? emptyIndex(incarnation)
    this.#groups = new ErrorGroups(this.#index.groups, this.#index.forgotten)
    return this.#index
  }

  async #save(): Promise<void> {
    if (!this.#index || !this.#isDirty) return
    const kept = new Set(this.#options.runs().map(({ run }) => run))
    this.#index.runs = this.#index.runs.filter(({ run }) => kept.has(run))
    this.#isDirty = false
    await writeIndex(this.#path, { ...this.#index, groups: this.#groups.all, forgotten: this.#groups.forgotten })
  }

  /** Reads one chunk, of the newest run that has one; false when nothing is left to read. */
  #step(): Promise<boolean> {
    return this.#work.run(async () => {
      if (this.#options.closed.aborted) return false
      await this.#load()
      await this.#options.verify()
      for (const run of [...this.#options.runs()].reverse()) {
        const entry = this.#entryOf(run)
        if (entry.isDone) continue
        await run.ready()
        for (const name of STREAMS) {
          if (await this.#readStream(run, entry, name)) return true
        }
        if (run.isEnded) await this.#finish(run, entry)
      }
      return false
    })
  }

  #entryOf({ run }: RunLog): ReadRun {
    const known = this.#index?.runs.find(one => one.run === run)
    if (known) return known
    const entry = unreadRun(run)
    this.#index?.runs.push(entry)
    return entry
  }

  async #readStream(run: RunLog, entry: ReadRun, name: StreamName): Promise<boolean> {
    const stream = run.streams[name]
    const progress = entry[name]
    await this.#passOver(run, entry, name)
    if (progress.read >= stream.size || this.#exhausted.get(progress) === stream.size) return false
    const { size } = stream
    const { scanner } = this.#options
    const memory = scanner.memory.take()
    const chunk = await readChunk(run, name, { ...progress, memory })
    if (typeof chunk === 'string') scanner.memory.giveBack(memory)
    if (chunk === 'moved') return true
    if (chunk === 'incomplete') {
      this.#exhausted.set(progress, size)
      return false
    }
    const { length } = chunk.data
    const { groups, lines, state } = await this.#scan(chunk, progress)
    await this.#add(run, name, groups)
    Object.assign(progress, { read: progress.read + length, lines: progress.lines + lines, state })
    this.#isDirty = true
    return true
  }

  /** A chunk that nothing can be found in is named as not searched: it would stop everything after it. */
  async #scan(chunk: Parameters<ErrorScanner['scan']>[0], progress: ReadStream): Promise<Extract> {
    const { id, log, scanner, closed } = this.#options
    const { length } = chunk.data
    try {
      return await scanner.scan(chunk)
    }
    catch (error) {
      if (closed.aborted) throw error
      log.warn('logs', 'a part of a log cannot be searched for errors', { id, bytes: length, error })
      progress.takenBytes += length
      return { groups: [], lines: 0, state: {} }
    }
  }

  /** What retention or the process itself took before it was read is counted. */
  async #passOver(run: RunLog, entry: ReadRun, name: StreamName): Promise<void> {
    const { first, firstLines } = run.streams[name]
    const progress = entry[name]
    if (first <= progress.read) return
    await this.#closeOpen(run, entry, name)
    progress.takenBytes += first - progress.read
    progress.takenLines += Math.max(0, firstLines - progress.lines)
    Object.assign(progress, { read: first, lines: Math.max(progress.lines, firstLines), state: {} })
    this.#isDirty = true
  }

  async #finish(run: RunLog, entry: ReadRun): Promise<void> {
    for (const name of STREAMS) await this.#closeOpen(run, entry, name)
    entry.isDone = true
    this.#isDirty = true
  }

  async #closeOpen(run: RunLog, entry: ReadRun, name: StreamName): Promise<void> {
    const { open } = entry[name].state
    if (open) await this.#add(run, name, [toGroup(open)])
    entry[name].state = {}
  }

  async #add(run: RunLog, name: StreamName, found: readonly FoundGroup[], groups = this.#groups): Promise<void> {
    if (found.length === 0) return
    const places = await PlaceFinder.open(run, name)
    try {
      for (const group of found) groups.add({ ...group, first: await places.find(group.first), last: await places.find(group.last) })
    }
    finally {
      await places.close()
    }
  }

  /** An error at the very end may not be complete, but it is told. */
  async #parts(): Promise<DigestParts> {
    const index = await this.#load()
    const runs = this.#options.runs()
    const groups = this.#groups.copy()
    for (const run of runs) {
      const entry = index.runs.find(one => one.run === run.run)
      for (const name of STREAMS) {
        const open = entry?.[name].state.open
        if (open) await this.#add(run, name, [toGroup(open)], groups)
      }
    }
    return { index, groups, runs, incarnation: this.#options.incarnation }
  }
}
