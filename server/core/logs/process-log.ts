import { open, type FileHandle } from 'node:fs/promises'
import { failure } from '#shared/errors'
import { STREAMS, type LogPage, type LogQuery } from '#shared/schemas/logs'
import type { Logger } from '../logger'
import { formatCursor, parseCursor, refuse, type Cursor } from './cursor'
import { GrowthSignal } from './growth-signal'
import { HeadTrimmed } from './log-file'
import { findFirst, readAfter, readBefore, type PageRequest } from './page'
import type { ProcessLogs, RunLogs } from './process-logs'
import { HolePuncher, type PunchHole } from './punch'
import { retain, RETAINED_BYTES } from './retention'
import { RunLog } from './run-log'
import type { GrowthTicker } from './ticker'

export interface ProcessLogOptions {
  /** Id of the process, for messages. */
  id: string
  /** Word of 1 to 12 characters of [0-9a-z], another one for each process ever created: cursors carry it. */
  incarnation: string
  ticker: GrowthTicker
  log: Logger
  retainedBytes?: number
  punch?: PunchHole
}

/** Where the process of a run writes. The host closes its copies as soon as the process has them. */
export interface WriteHandles { stdout: FileHandle, stderr: FileHandle }

const MAX_ATTEMPTS = 20

/** The log of one process: its runs on disk, looked at while they grow and read when somebody asks. */
export class ProcessLog implements ProcessLogs, AsyncDisposable {
  readonly #options: Required<Omit<ProcessLogOptions, 'punch'>>
  readonly #puncher: HolePuncher
  readonly #signal = new GrowthSignal()
  readonly #closing = new AbortController()
  readonly #watches = new Map<RunLog, () => void>()
  readonly #firsts = new Map<string, { heads: number, cursor: string }>()
  #runs: RunLog[] = []
  #retaining: Promise<void> | undefined
  #checkedBytes = 0
  #isCheckDue = false

  constructor({ punch, ...options }: ProcessLogOptions) {
    if (!/^[0-9a-z]{1,12}$/.test(options.incarnation)) throw failure('INTERNAL', { reason: 'The incarnation of a log is not a word of [0-9a-z].' })
    this.#options = { retainedBytes: RETAINED_BYTES, ...options }
    this.#puncher = new HolePuncher(options.log, punch)
  }

  get closed(): AbortSignal {
    return this.#closing.signal
  }

  /** Takes over the runs found on disk. One without `endedAt` is alive; only the newest can be. */
  async load(runs: readonly RunLogs[]): Promise<void> {
    this.#runs = runs.map(run => new RunLog(run, this.#options.log)).sort((a, b) => a.run - b.run)
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
    const log = new RunLog({ run, dir }, this.#options.log)
    const [stdout, stderr] = await openBoth(log.paths)
    try {
      await this.#watch(log)
    }
    catch (error) {
      await Promise.all([stdout.close(), stderr.close()])
      throw error
    }
    this.#runs.push(log)
    this.#checkedBytes = 0
    return { stdout, stderr }
  }

  /** Forgets a run whose process could not be started; its files are the caller's to remove. */
  async discard(run: number): Promise<void> {
    const log = this.#runs.find(one => one.run === run)
    if (!log) return
    this.#unwatch(log)
    this.#runs = this.#runs.filter(one => one !== log)
    await log.release()
  }

  /** Takes the last look at a run: what stands in its files now is all of it. */
  async end(run: number, endedAt: Date): Promise<void> {
    const log = this.#runs.find(one => one.run === run)
    if (!log) return
    await log.end(endedAt)
    this.#unwatch(log)
    this.#signal.emit()
    this.#check()
  }

  async page(query: LogQuery): Promise<LogPage> {
    for (let attempt = 1; ; attempt++) {
      const heads = this.#heads()
      try {
        const page = await this.#read(query)
        // What retention took meanwhile might be neither in the page nor counted as dropped.
        if (heads === this.#heads() || attempt >= MAX_ATTEMPTS) return page
      }
      catch (error) {
        if (!(error instanceof HeadTrimmed) || attempt >= MAX_ATTEMPTS) throw error
      }
    }
  }

  onGrowth(listener: () => void): () => void {
    return this.#signal.subscribe(listener)
  }

  /** Ends the watching and writes what is still held. The files stay for the next host. */
  async close(): Promise<void> {
    await this.#stop()
    await Promise.all(this.#runs.map(run => run.release()))
  }

  /** Ends the watching and removes the files of all runs; cursors given out are void. */
  async remove(): Promise<void> {
    await this.#stop()
    await Promise.all(this.#runs.map(run => run.remove()))
    this.#runs = []
    this.#firsts.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #read({ stream, lines, since, before, run }: LogQuery): Promise<LogPage> {
    for (const one of this.#watches.keys()) {
      if (one.look()) this.#grew()
    }
    const { incarnation } = this.#options
    const after = since === undefined ? undefined : await this.#cursor(since, 'since')
    const until = before === undefined ? undefined : await this.#cursor(before, 'before')
    const request: PageRequest = {
      runs: run === undefined ? this.#runs : [await this.#runOf(run)],
      names: STREAMS.filter(name => stream === 'both' || stream === name),
      lines,
      format: cursor => formatCursor(incarnation, cursor),
    }
    const draft = after && !until ? await readAfter(request, after) : await readBefore(request, until, after)
    return draft.toPage(await this.#firstCursor(request, `${stream} ${run}`), since)
  }

  /** The oldest kept line stays the same until retention takes it. */
  async #firstCursor(request: PageRequest, choice: string): Promise<string | undefined> {
    const heads = this.#heads()
    const known = this.#firsts.get(choice)
    if (known?.heads === heads) return known.cursor
    const first = await findFirst(request)
    if (first?.isLine && heads === this.#heads()) this.#firsts.set(choice, { heads, cursor: first.cursor })
    return first?.cursor
  }

  /** The sum of what is lost: changes exactly when retention has taken something. */
  #heads(): number {
    return this.#runs.reduce((sum, { streams: { stdout, stderr } }) => sum + stdout.first + stderr.first, 0)
  }

  async #cursor(text: string, field: 'since' | 'before'): Promise<Cursor> {
    const cursor = parseCursor(text, field, this.#options.incarnation)
    const run = this.#runs.find(one => one.run === cursor.run)
    if (!run && cursor.run > (this.#runs.at(-1)?.run ?? 0)) throw refuse(field, 'names a run that never was')
    if (!run) return cursor
    await run.ready()
    if (cursor.generation !== run.generation) throw refuse(field, 'is older than the present form of the log')
    const isBeyond = STREAMS.some(name => cursor[name].offset > Math.max(run.streams[name].size + 1, run.streams[name].first))
    if (isBeyond) throw refuse(field, 'lies beyond the end of the log')
    return cursor
  }

  async #runOf(wanted: number): Promise<RunLog> {
    const run = this.#runs.find(one => one.run === wanted)
    await run?.ready()
    if (run && STREAMS.some(name => run.streams[name].removedSize === undefined)) return run
    throw failure('RUN_NOT_FOUND', { id: this.#options.id, run: wanted, newest: this.#runs.at(-1)?.run })
  }

  async #watch(run: RunLog): Promise<void> {
    await run.ready()
    const growing = { paths: run.paths, look: () => run.look() && this.#grew() }
    this.#watches.set(run, this.#options.ticker.watch(growing))
  }

  #unwatch(run: RunLog): void {
    this.#watches.get(run)?.()
    this.#watches.delete(run)
  }

  #grew(): true {
    this.#signal.emit()
    if (this.#newestBytes() - this.#checkedBytes > this.#options.retainedBytes / 32) this.#check()
    return true
  }

  #newestBytes(): number {
    const streams = this.#runs.at(-1)?.streams
    return streams ? streams.stdout.size + streams.stderr.size : 0
  }

  /** Looks whether the log has outgrown its limit: one check at a time, and another one when it was asked for meanwhile. */
  #check(): void {
    this.#checkedBytes = this.#newestBytes()
    this.#isCheckDue = true
    this.#retaining ??= this.#retain().finally(() => this.#retaining = undefined)
  }

  /** A failure must not end the host: it is said, and the next growth tries again. */
  async #retain(): Promise<void> {
    while (this.#isCheckDue && !this.closed.aborted) {
      this.#isCheckDue = false
      try {
        await retain(this.#runs, this.#options.retainedBytes, this.#puncher)
      }
      catch (error) {
        this.#options.log.error('logs', 'old output could not be removed', { id: this.#options.id, error })
      }
    }
  }

  async #stop(): Promise<void> {
    this.#closing.abort()
    for (const run of [...this.#watches.keys()]) this.#unwatch(run)
    this.#signal[Symbol.dispose]()
    await this.#retaining
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
