import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { STREAMS, type StreamName } from '#shared/schemas/logs'
import type { Logger } from '../logger'
import { CheckpointFile } from './checkpoints'
import { CheckpointView } from './checkpoint-view'
import { recordCut } from './cut'
import { Exclusive } from './exclusive'
import { LiveFiles, type FileLook } from './live-files'
import { LogFile } from './log-file'
import { countAll } from './line-totals'
import { LOG_META_FILE, readLogMeta, writeLogMeta, type StreamMeta } from './log-meta'
import type { OpenRun } from './merge'
import { finishMove, removeStrays } from './move-aside'
import { isAsProbed, isSame, takeProbe } from './probe'
import type { RunLogs } from './process-logs'
import { filesIn, sizeAt } from './run-files'
import { metaOf, newStream, type RunStream } from './run-stream'
import type { Growing } from './ticker'

const CHECKPOINTS = 'checkpoints'

export interface RunLogOptions {
  /** The run is about to begin in a directory of its own: there is nothing to load. */
  isNew?: boolean
  log: Logger
  /** Told when the process has cut one of its files and that is on record; `isFirst` when it had not done so before. */
  onCut: (isFirst: boolean) => void
}

/** The log of one run on disk: two streams, their checkpoints, and what became of their files. */
export class RunLog implements Growing {
  readonly run: number
  readonly dir: string
  readonly paths: readonly string[]
  readonly streams: Readonly<Record<StreamName, RunStream>>
  generation = 0
  readonly #options: RunLogOptions
  readonly #exclusive = new Exclusive()
  readonly #cut = new Set<RunStream>()
  #files: LiveFiles | undefined
  #checkpoints: CheckpointFile | undefined
  #endedAt: number | undefined
  #loading: Promise<CheckpointFile> | undefined
  #settling: Promise<void> | undefined
  #totals: Promise<Record<StreamName, number>> | undefined
  #hasWarned = false

  /** `endedAt` is absent for a run that is alive. Its files are looked at when it is first read. */
  constructor({ run, dir, endedAt }: RunLogs, options: RunLogOptions) {
    this.run = run
    this.dir = dir
    this.#endedAt = endedAt?.getTime()
    this.#options = options
    this.streams = { stdout: newStream(dir, 'stdout'), stderr: newStream(dir, 'stderr') }
    this.paths = STREAMS.map(name => this.streams[name].path)
  }

  get isEnded(): boolean {
    return this.#endedAt !== undefined
  }

  /** The process has cut one of its files itself. */
  get isTruncated(): boolean {
    return STREAMS.some(name => this.streams[name].cut !== undefined)
  }

  /** Loads what the disk knows of the run: once, whoever asks first. */
  async ready(): Promise<CheckpointFile> {
    this.#loading ??= this.#load()
    try {
      return await this.#loading
    }
    catch (error) {
      this.#loading = undefined
      throw error
    }
  }

  /** Does `work` while nothing else moves, cuts or takes anything of this run. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#exclusive.run(work)
  }

  /** Looks at both sizes at once and records them when one has grown. Never reads. True also when a file was written anew. */
  look(): boolean {
    const files = this.#files
    if (!files) return false
    const looks = files.lookAtBoth()
    // A file that is being moved aside has offsets that are not known yet.
    const seen = STREAMS.filter(name => !this.streams[name].isMoving).map(name => this.#lookAt(this.streams[name], looks[name]))
    if (seen.some(({ hasGrown }) => hasGrown)) this.#addCheckpoint(Date.now(), false)
    if (this.#cut.size > 0) this.#settle().catch(error => this.#warn(error))
    return seen.some(({ hasGrown, isTouched }) => hasGrown || isTouched)
  }

  /** Makes sure that the files hold what they seem to hold, by a look at the last bytes known; a cut is on record afterwards. */
  async verify(): Promise<void> {
    this.look()
    for (const name of STREAMS) {
      if (!await this.isIntact(name)) this.#cut.add(this.streams[name])
    }
    if (this.#cut.size > 0) await this.#settle()
    await this.probe()
  }

  /** Reads the last bytes of both streams, for comparing later. */
  async probe(): Promise<void> {
    for (const name of STREAMS) await this.#probe(this.streams[name])
  }

  /** Tells whether the file of a stream was not cut since it was last read. */
  async isIntact(name: StreamName): Promise<boolean> {
    const stream = this.streams[name]
    if (this.#cut.has(stream)) return false
    if (!this.#files || !stream.probe || isSame(this.#files, name, stream.probe)) return true
    return await isAsProbed(this.#files, stream, stream.probe)
  }

  /** Takes the last look: nothing written later belongs to the run. */
  async end(endedAt: Date): Promise<void> {
    await this.ready()
    while (!this.isEnded) {
      await this.verify()
      this.look()
      if (this.#cut.size === 0) this.#close(endedAt.getTime())
    }
    await this.release()
  }

  /** Gives the files back: what is not on disk is written, the run itself goes on. */
  async release(): Promise<void> {
    const files = this.#files
    this.#files = undefined
    await files?.close()
    await this.#checkpoints?.flush()
  }

  /** Removes every file of the run's log. */
  async remove(): Promise<void> {
    this.#checkpoints?.discard()
    await this.release()
    const isOurs = (name: string) => [CHECKPOINTS, LOG_META_FILE, 'punch-probe'].includes(name) || STREAMS.some(stream => name.startsWith(`${stream}.`))
    const names = (await filesIn(this.dir)).filter(isOurs)
    await Promise.all(names.map(name => rm(join(this.dir, name), { force: true })))
  }

  /** Opens what is there as of now for one page; `closeRun` ends it. */
  async open(names: readonly StreamName[]): Promise<OpenRun> {
    const view = new CheckpointView(await this.ready())
    const files: LogFile[] = []
    try {
      for (const name of names) files.push(await LogFile.open(this.streams[name], this.isEnded))
    }
    catch (error) {
      await closeRun({ files, view })
      throw error
    }
    return { files, view }
  }

  /** Counts the lines that an ended run has ever had; what retention takes does not change that. */
  totals(): Promise<Record<StreamName, number>> {
    this.#totals ??= this.#count().catch((error: unknown) => {
      this.#totals = undefined
      throw error
    })
    return this.#totals
  }

  /** Stores what changes about one stream, and only then lets readers know. Only for work that is done exclusively. */
  async store(name: StreamName, change: Partial<StreamMeta>, generation = this.generation): Promise<void> {
    const { stdout, stderr } = this.streams
    const all = { generation, stdout: metaOf(stdout), stderr: metaOf(stderr) }
    await writeLogMeta(this.dir, { ...all, [name]: { ...all[name], ...change } })
    Object.assign(this.streams[name], change)
    this.generation = generation
    const isGone = STREAMS.every(each => this.streams[each].removedSize !== undefined)
    if (isGone) await rm(join(this.dir, CHECKPOINTS), { force: true })
  }

  async #count(): Promise<Record<StreamName, number>> {
    await this.ready()
    return await this.exclusively(async () => {
      const stdout = await countAll(this.streams.stdout)
      const stderr = await countAll(this.streams.stderr)
      return { stdout: stdout.lines, stderr: stderr.lines }
    })
  }

  async #load(): Promise<CheckpointFile> {
    if (this.#options.isNew) return await this.#begin()
    const { generation, ...known } = await readLogMeta(this.dir)
    this.generation = generation
    for (const name of STREAMS) Object.assign(this.streams[name], known[name])
    for (const name of STREAMS) await finishMove(this, name, this.#options.log)
    const checkpoints = await CheckpointFile.open(join(this.dir, CHECKPOINTS), this.#options.log)
    for (const { name, path, base, removedSize } of STREAMS.map(each => this.streams[each])) {
      // A host may have died between noting what it removes and removing it.
      if (removedSize !== undefined) await rm(path, { force: true })
      this.streams[name].size = Math.max(checkpoints.last[name], removedSize ?? 0, base)
    }
    this.#checkpoints = checkpoints
    if (!checkpoints.last.isLast) await removeStrays(this)
    if (this.#endedAt === undefined) await this.#follow(checkpoints)
    else if (!checkpoints.last.isLast) await this.#complete(checkpoints, this.#endedAt)
    return checkpoints
  }

  async #begin(): Promise<CheckpointFile> {
    const checkpoints = CheckpointFile.begin(join(this.dir, CHECKPOINTS), this.#options.log)
    this.#checkpoints = checkpoints
    await this.#follow(checkpoints)
    return checkpoints
  }

  /** Keeps both files open for looking at their sizes. */
  async #follow({ last }: CheckpointFile): Promise<void> {
    const { stdout, stderr } = this.streams
    this.#files ??= await LiveFiles.open({ stdout: stdout.path, stderr: stderr.path })
    this.look()
    this.#completeCheckpoints(last, Date.now())
  }

  /** The run ended while no host looked: what it wrote meanwhile has the time of its end. */
  async #complete(checkpoints: CheckpointFile, endedAt: number): Promise<void> {
    if (STREAMS.every(name => this.streams[name].removedSize !== undefined)) return
    for (const stream of STREAMS.map(name => this.streams[name])) {
      const size = await sizeAt(stream.path)
      if (size > 0 && stream.base + size < stream.size) await recordCut(this, stream)
      stream.size = Math.max(stream.size, stream.base + size)
    }
    this.#completeCheckpoints(checkpoints.last, endedAt)
    this.#close(endedAt)
    await checkpoints.flush()
  }

  /** Whether a file has grown, or changed in another way: one that was cut may have the size it had. */
  #lookAt(stream: RunStream, { size, mtimeMs }: FileLook): { hasGrown: boolean, isTouched: boolean } {
    const end = stream.base + size
    const isTouched = stream.mtimeMs !== undefined && stream.mtimeMs !== mtimeMs
    stream.mtimeMs = mtimeMs
    if (end < stream.size) this.#cut.add(stream)
    const hasGrown = end > stream.size && !this.#cut.has(stream)
    if (hasGrown) stream.size = end
    return { hasGrown, isTouched }
  }

  /** Every line that is there has a checkpoint, also when the last ones were lost with a host. */
  #completeCheckpoints(last: Record<StreamName, number>, time: number): void {
    if (STREAMS.some(name => this.streams[name].size > last[name])) this.#addCheckpoint(time, false)
  }

  #addCheckpoint(time: number, isLast: boolean): void {
    const { stdout, stderr } = this.streams
    this.#checkpoints?.add({ time, stdout: stdout.size, stderr: stderr.size, isLast })
  }

  /** Takes the cuts on record, one after the other, whoever found them. */
  #settle(): Promise<void> {
    this.#settling ??= this.exclusively(async () => {
      const isFirst = !this.isTruncated
      for (const stream of this.#cut) {
        await recordCut(this, stream)
        this.#cut.delete(stream)
      }
      this.look()
      this.#options.onCut(isFirst)
    }).finally(() => this.#settling = undefined)
    return this.#settling
  }

  async #probe(stream: RunStream): Promise<void> {
    const files = this.#files
    if (!files || stream.isMoving || (stream.probe && isSame(files, stream.name, stream.probe))) return
    const probe = await takeProbe(files, stream)
    if (probe && probe.base === stream.base) stream.probe = probe
  }

  #close(endedAt: number): void {
    this.#endedAt = endedAt
    this.#addCheckpoint(endedAt, true)
  }

  #warn(error: unknown): void {
    if (!this.#hasWarned) this.#options.log.warn('logs', 'a process has cut its log, which cannot be noted yet', { dir: this.dir, error })
    this.#hasWarned = true
  }
}

/** Closes what `RunLog.open` has opened. */
export async function closeRun({ files, view }: OpenRun): Promise<void> {
  await Promise.all([...files.map(file => file.close()), view.close()])
}
