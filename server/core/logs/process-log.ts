import { open, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { failure } from '#shared/errors'
import type { LogDigest } from '#shared/schemas/digest'
import type { LogPage } from '#shared/schemas/logs'
import type { Logger } from '../logger'
import { ErrorIndex } from './digest/error-index'
import type { ErrorScanner } from './digest/scanner'
import { GrowthSignal } from './growth-signal'
import { LogMoved } from './log-file'
import { LogKeeper } from './log-keeper'
import { LogReader } from './log-reader'
import type { Pause } from './move-aside'
import type { PageQuery, ProcessLogs, RunLogs } from './process-logs'
import { PRUNED_FILE, PrunedRuns } from './pruned-runs'
import type { PunchHole } from './punch'
import { RETAINED_BYTES } from './retention'
import { RunLog } from './run-log'
import type { LogSearcher } from './searcher'
import type { GrowthTicker } from './ticker'

export interface ProcessLogOptions {
  /** Id of the process, for messages. */
  id: string
  /** Word of 1 to 12 characters of [0-9a-z], another one for each process ever created: cursors carry it. */
  incarnation: string
  /** Directory of the process: what is left of removed runs is noted there. */
  dir: string
  ticker: GrowthTicker
  /** Finds the lines of a query by pattern and level; all logs of a host share one. */
  searcher: LogSearcher
  /** Looks for errors; all logs of a host share one. */
  scanner: ErrorScanner
  log: Logger
  retainedBytes?: number
  punch?: PunchHole
  /** Stops the newest run for as long as its file is emptied, where no hole can be punched. Without it such a log keeps growing. */
  pause?: Pause
  /** Told once per run, when the process has cut its own log: `isTruncated` has just become true. */
  onTruncated?: () => void
}

/** Where the process of a run writes. The host closes its copies as soon as the process has them. */
export interface WriteHandles { stdout: FileHandle, stderr: FileHandle }

const MAX_ATTEMPTS = 20

/** The log of one process: its runs on disk, looked at while they grow and read when somebody asks. */
export class ProcessLog implements ProcessLogs, AsyncDisposable {
  readonly incarnation: string
  readonly #options: ProcessLogOptions
  readonly #pruned: PrunedRuns
  readonly #keeper: LogKeeper
  readonly #errors: ErrorIndex
  readonly #reader: LogReader
  readonly #signal = new GrowthSignal()
  readonly #closing = new AbortController()
  readonly #watches = new Map<RunLog, () => void>()
  #runs: RunLog[] = []

  constructor(options: ProcessLogOptions) {
    if (!/^[0-9a-z]{1,12}$/.test(options.incarnation)) throw failure('INTERNAL', { reason: 'The incarnation of a log is not a word of [0-9a-z].' })
    this.incarnation = options.incarnation
    this.#options = options
    const { id, log, punch, pause, dir, retainedBytes: limit = RETAINED_BYTES } = options
    this.#pruned = new PrunedRuns(join(dir, PRUNED_FILE))
    const parts = { pruned: this.#pruned, runs: () => this.#runs, verify: () => this.#verify(), closed: this.closed }
    this.#keeper = new LogKeeper({ id, log, limit, punch, pause, ...parts })
    this.#errors = new ErrorIndex({ ...options, ...parts })
    this.#reader = new LogReader({ ...options, pruned: this.#pruned, runs: () => this.#runs })
  }

  /** What each stream may keep over all runs, in bytes. What is beyond a new limit goes at once. */
  get retainedBytes(): number {
    return this.#keeper.limit
  }

  set retainedBytes(bytes: number) {
    const isLess = bytes < this.#keeper.limit
    this.#keeper.limit = bytes
    if (isLess) this.#keeper.check()
  }

  /** The process has cut the log of its newest run itself: what was before the cut is lost. */
  get isTruncated(): boolean {
    return this.#runs.at(-1)?.isTruncated ?? false
  }

  /** What the newest run has written so far, both streams together. */
  get writtenBytes(): number {
    const streams = this.#runs.at(-1)?.streams
    return streams ? streams.stdout.size + streams.stderr.size : 0
  }

  get closed(): AbortSignal {
    return this.#closing.signal
  }

  /** Takes over the runs found on disk. One without `endedAt` is alive; only the newest can be. */
  async load(runs: readonly RunLogs[]): Promise<void> {
    await this.#pruned.load()
    // A host may have died between noting what it removes and removing it.
    await Promise.all(runs.filter(({ run }) => run <= this.#pruned.upTo).map(({ dir }) => rm(dir, { recursive: true, force: true })))
    this.#runs = runs.filter(({ run }) => run > this.#pruned.upTo).map(run => this.#newRun(run)).sort((a, b) => a.run - b.run)
    await this.#runs.at(-1)?.ready()
    for (const run of this.#runs) {
      if (!run.isEnded) await this.#watch(run)
    }
  }

  /** Creates the files of a new run in its directory and watches them. The handles are the caller's to close. */
  async begin(run: number, dir: string): Promise<WriteHandles> {
    const newest = this.#runs.at(-1)
    if (newest && (!newest.isEnded || newest.run >= run)) {
      throw failure('INTERNAL', { reason: `The log of run ${run} cannot begin: run ${newest.run} is not over.` })
    }
    const log = this.#newRun({ run, dir }, true)
    const [stdout, stderr] = await openBoth(log.paths)
    try {
      await this.#watch(log)
    }
    catch (error) {
      await Promise.all([stdout.close(), stderr.close()])
      throw error
    }
    this.#runs.push(log)
    this.#keeper.begin()
    return { stdout, stderr }
  }

  /** Forgets a run whose process could not be started; its files are the caller's to remove. */
  async discard(run: number): Promise<void> {
    const log = this.#runs.find(one => one.run === run)
    if (!log) return
    this.#unwatch(log)
    this.#runs = this.#runs.filter(one => one !== log)
    await log.release()
    await this.#errors.discard(run)
  }

  /** Takes the last look at a run: what stands in its files now is all of it. */
  async end(run: number, endedAt: Date): Promise<void> {
    const log = this.#runs.find(one => one.run === run)
    if (!log) return
    await log.end(endedAt)
    this.#unwatch(log)
    this.#signal.emit()
    if (this.writtenBytes > 0) this.#errors.drain()
    this.#keeper.check()
  }

  /**
   * Removes the directories of old runs with all that is in them: those before the newest 100 whose lines are not among the
   * newest 10,000 of a stream, and all before the newest 1000. Their lines still count as `dropped`. To be called after a run
   * has ended; answers with the numbers of the runs that are gone.
   */
  prune(): Promise<number[]> {
    return this.#keeper.prune(gone => this.#runs = this.#runs.filter(run => !gone.includes(run)))
  }

  count(since: string, before: string): Promise<number> {
    return this.#reader.count(since, before)
  }

  async clear(): Promise<void> {
    await this.#keeper.clear()
    await this.#errors.forget()
  }

  async page(query: PageQuery): Promise<LogPage> {
    const search = this.#reader.beginSearch(query)
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      await this.#verify()
      const { heads } = this.#reader
      try {
        const page = await this.#reader.read(query, search)
        await this.#verify()
        // What was taken or cut meanwhile might be neither in the page nor counted as dropped.
        if (heads === this.#reader.heads) return page
      }
      catch (error) {
        if (!(error instanceof LogMoved)) throw error
      }
    }
    return await this.#keeper.holdStill(() => this.#reader.read(query, search))
  }

  digest(): Promise<LogDigest> {
    return this.#errors.digest()
  }

  onGrowth(listener: () => void): () => void {
    return this.#signal.subscribe(listener)
  }

  /** Ends the watching and writes what is still held. The files stay for the next host. */
  async close(): Promise<void> {
    const { id, log } = this.#options
    // The next host has nothing to compare a file with that was cut and has grown again.
    await this.#verify().catch(error => log.warn('logs', 'the log could not be looked at for the last time', { id, error }))
    await this.#stop()
    await Promise.all(this.#runs.map(run => run.release()))
  }

  /** Ends the watching and removes the files of all runs; cursors given out are void. */
  async remove(): Promise<void> {
    await this.#stop()
    await Promise.all(this.#runs.map(run => run.remove()))
    await this.#pruned.remove()
    await this.#errors.remove()
    this.#runs = []
    this.#reader.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Looks at what is alive, and has every cut on record before something is read. */
  async #verify(): Promise<void> {
    for (const run of this.#watches.keys()) {
      if (run.look()) this.#grew()
      await run.verify()
    }
  }

  #newRun(run: RunLogs, isNew = false): RunLog {
    const log: RunLog = new RunLog(run, { isNew, log: this.#options.log, onCut: isFirst => this.#cut(log, isFirst) })
    return log
  }

  #cut(run: RunLog, isFirst: boolean): void {
    this.#signal.emit()
    if (!isFirst) return
    this.#options.log.warn('logs', 'a process has cut its own log: what was before is lost', { id: this.#options.id, run: run.run })
    if (run === this.#runs.at(-1)) this.#options.onTruncated?.()
  }

  async #watch(run: RunLog): Promise<void> {
    await run.ready()
    await run.probe()
    const growing = { paths: run.paths, look: () => run.look() && this.#grew() }
    this.#watches.set(run, this.#options.ticker.watch(growing))
  }

  #unwatch(run: RunLog): void {
    this.#watches.get(run)?.()
    this.#watches.delete(run)
  }

  #grew(): true {
    this.#signal.emit()
    this.#keeper.grew()
    this.#errors.grew()
    return true
  }

  async #stop(): Promise<void> {
    this.#closing.abort()
    for (const run of [...this.#watches.keys()]) this.#unwatch(run)
    this.#signal[Symbol.dispose]()
    await this.#keeper.rest()
    await this.#errors.close()
  }
}

async function openBoth([stdoutPath = '', stderrPath = '']: readonly string[]): Promise<[FileHandle, FileHandle]> {
  const stdout = await open(stdoutPath, 'a', 0o600)
  try {
    return [stdout, await open(stderrPath, 'a', 0o600)]
  }
  catch (error) {
    await stdout.close()
    throw error
  }
}
