import { join } from 'node:path'
import { STREAMS } from '#shared/schemas/logs'
import type { LogDigest } from '#shared/schemas/digest'
import { Exclusive } from '../exclusive'
import type { RunLog } from '../run-log'
import { toDigest, type DigestParts } from './digest'
import { ErrorGroups } from './error-groups'
import { addOpen, ErrorReader, type ErrorReaderOptions, type StreamEnds } from './error-reader'
import { emptyIndex, INDEX_FILE, readIndex, removeIndex, unreadRun, writeIndex, type IndexFile, type ReadRun } from './index-file'
import { FloodGauge } from './flood-gauge'

/** So much may be unread before it is read without being asked for: retention must not come first. */
const BACKGROUND_BYTES = 4 * 1024 * 1024
/** After a failure of the disk nothing is read in the background for so long. */
const REST_MS = 60_000
/** What a digest may take to read what is new. */
const BUDGET_MS = 1500

export interface ErrorIndexOptions extends ErrorReaderOptions {
  dir: string
  incarnation: string
  /** The runs as of now, oldest first. */
  runs: () => readonly RunLog[]
  /** Has every cut on record. */
  verify: () => Promise<void>
}

/**
 * The errors that the log of one process has ever told, each kind once. They are found when somebody asks, when a run ends and
 * when much has come; what was read is kept beside the log, so that floods, retention and new hosts take nothing from it.
 */
export class ErrorIndex {
  readonly #options: ErrorIndexOptions
  readonly #path: string
  readonly #work = new Exclusive()
  readonly #reader: ErrorReader
  readonly #gauge = new FloodGauge()
  #index: IndexFile | undefined
  #groups = new ErrorGroups()
  #draining: Promise<void> | undefined
  #isDirty = false
  #restsUntil = 0

  constructor(options: ErrorIndexOptions) {
    this.#options = options
    this.#path = join(options.dir, INDEX_FILE)
    this.#reader = new ErrorReader(options, () => this.#isDirty = true)
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
      await this.#catchUp(Infinity)
      await this.#work.run(() => this.#save())
    }).catch((error) => {
      if (!closed.aborted) log.warn('logs', 'errors could not be looked for', { id, error })
      this.#restsUntil = performance.now() + REST_MS
    }).finally(() => this.#draining = undefined)
  }

  /** Tells what is known, after reading what is new: as much of it as `budgetMs` allows, the rest is named and read later. */
  async digest(budgetMs = BUDGET_MS): Promise<LogDigest> {
    const isDone = await this.#catchUp(performance.now() + budgetMs)
    if (!isDone) this.drain()
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

  /** Reads what is there now: a log that goes on growing has no end. False where the time came first. */
  async #catchUp(deadline: number): Promise<boolean> {
    const ends = await this.#work.run(() => this.#ends())
    while (performance.now() < deadline) {
      if (await this.#step(ends) === 0) return true
    }
    return false
  }

  /** Where the streams end of every run that was not read to its end. */
  async #ends(): Promise<Map<number, StreamEnds>> {
    const index = await this.#load()
    await this.#options.verify()
    const unread = this.#options.runs().filter(({ run }) => !index.runs.find(one => one.run === run)?.isDone)
    for (const run of unread) await run.ready()
    return new Map(unread.map(({ run, streams: { stdout, stderr } }) => [run, { stdout: stdout.size, stderr: stderr.size }]))
  }

  /** Reads one chunk, of the newest run that has one, and gives its bytes; 0 when nothing is left to read. */
  #step(ends: ReadonlyMap<number, StreamEnds>): Promise<number> {
    return this.#work.run(async () => {
      if (this.#options.closed.aborted) return 0
      await this.#load()
      await this.#options.verify()
      for (const run of [...this.#options.runs()].reverse()) {
        const upTo = ends.get(run.run)
        const bytes = upTo ? await this.#reader.readOn(run, { entry: this.#entryOf(run), groups: this.#groups, upTo }) : 0
        if (bytes > 0) return bytes
      }
      return 0
    })
  }

  #entryOf({ run }: RunLog): ReadRun {
    const known = this.#index?.runs.find(one => one.run === run)
    if (known) return known
    const entry = unreadRun(run)
    this.#index?.runs.push(entry)
    return entry
  }

  /** An error at the very end may not be complete, but it is told. */
  async #parts(): Promise<DigestParts> {
    const index = await this.#load()
    const runs = this.#options.runs()
    const groups = this.#groups.copy()
    for (const run of runs) await addOpen(run, index.runs.find(one => one.run === run.run), groups)
    return { index, groups, runs, incarnation: this.#options.incarnation }
  }
}
