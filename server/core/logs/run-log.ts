import { fstatSync } from 'node:fs'
import { open, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { STREAMS, type StreamName } from '#shared/schemas/logs'
import type { Logger } from '../logger'
import { CheckpointFile } from './checkpoints'
import { CheckpointView } from './checkpoint-view'
import { LineCounts } from './line-counts'
import { LogFile, type StreamState } from './log-file'
import { LOG_META_FILE, readLogMeta, writeLogMeta, type LogMeta, type StreamMeta } from './log-meta'
import type { OpenRun } from './merge'
import { isMissing } from '../state/missing'
import type { RunLogs } from './process-logs'
import type { Growing } from './ticker'

/** A stream of a run with what retention left behind. */
export interface RunStream extends StreamState {
  readonly counts: LineCounts
  removedSize: number | undefined
}

const CHECKPOINTS = 'checkpoints'

/** The log of one run on disk: two files, their checkpoints, and what retention took. */
export class RunLog implements Growing {
  readonly run: number
  readonly dir: string
  readonly paths: readonly string[]
  readonly streams: Readonly<Record<StreamName, RunStream>>
  generation = 0
  readonly #log: Logger
  #handles: Record<StreamName, FileHandle> | undefined
  #checkpoints: CheckpointFile | undefined
  #endedAt: number | undefined
  #loading: Promise<CheckpointFile> | undefined

  /** `endedAt` is absent for a run that is alive. Its files are looked at when it is first read. */
  constructor({ run, dir, endedAt }: RunLogs, log: Logger) {
    this.run = run
    this.dir = dir
    this.#endedAt = endedAt?.getTime()
    this.#log = log
    this.streams = { stdout: newStream(dir, 'stdout'), stderr: newStream(dir, 'stderr') }
    this.paths = STREAMS.map(name => this.streams[name].path)
  }

  get isEnded(): boolean {
    return this.#endedAt !== undefined
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

  /** Looks at both sizes at once and records them when one has grown. Never reads. */
  look(): boolean {
    if (!this.#handles || !this.#checkpoints) return false
    return this.#record(STREAMS.map(name => sizeOf(this.#handles?.[name])), Date.now())
  }

  /** Takes the last look: nothing written later belongs to the run. */
  async end(endedAt: Date): Promise<void> {
    if (this.isEnded) return
    const checkpoints = await this.ready()
    this.look()
    this.#close(checkpoints, endedAt.getTime())
    await this.release()
  }

  /** Gives the files back: what is not on disk is written, the run itself goes on. */
  async release(): Promise<void> {
    const handles = this.#handles
    this.#handles = undefined
    if (handles) await Promise.all([handles.stdout.close(), handles.stderr.close()])
    await this.#checkpoints?.flush()
  }

  /** Removes every file of the run's log. */
  async remove(): Promise<void> {
    this.#checkpoints?.discard()
    await this.release()
    const names = [CHECKPOINTS, LOG_META_FILE, 'punch-probe', ...STREAMS.flatMap(name => [`${name}.log`, `${name}.lines`])]
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

  /** Stores what retention takes from one stream, and only then lets readers know. */
  async takeHead(name: StreamName, meta: StreamMeta): Promise<void> {
    const { generation, streams: { stdout, stderr } } = this
    const all: LogMeta = { generation, stdout, stderr, [name]: meta }
    await writeLogMeta(this.dir, all)
    Object.assign(this.streams[name], meta)
    const isGone = STREAMS.every(each => this.streams[each].removedSize !== undefined)
    if (isGone) await rm(join(this.dir, CHECKPOINTS), { force: true })
  }

  async #load(): Promise<CheckpointFile> {
    const { generation, ...lost } = await readLogMeta(this.dir)
    this.generation = generation
    for (const name of STREAMS) Object.assign(this.streams[name], lost[name])
    const checkpoints = await CheckpointFile.open(join(this.dir, CHECKPOINTS), this.#log)
    for (const name of STREAMS) this.streams[name].size = Math.max(checkpoints.last[name], lost[name].removedSize ?? 0)
    this.#checkpoints = checkpoints
    if (this.#endedAt === undefined) await this.#follow()
    else if (!checkpoints.last.isLast) await this.#complete(checkpoints, this.#endedAt)
    return checkpoints
  }

  /** Keeps both files open for looking at their sizes. */
  async #follow(): Promise<void> {
    const [stdout, stderr] = await Promise.all([openOrCreate(this.streams.stdout.path), openOrCreate(this.streams.stderr.path)])
    this.#handles = { stdout, stderr }
    this.look()
  }

  /** The run ended while no host looked: what it wrote meanwhile has the time of its end. */
  async #complete(checkpoints: CheckpointFile, endedAt: number): Promise<void> {
    if (STREAMS.every(name => this.streams[name].removedSize !== undefined)) return
    this.#record(await Promise.all(STREAMS.map(name => sizeAt(this.streams[name].path))), endedAt)
    this.#close(checkpoints, endedAt)
    await checkpoints.flush()
  }

  /** Sizes never shrink within a generation, whatever the process does to its file. */
  #record([stdout = 0, stderr = 0]: number[], time: number): boolean {
    const { stdout: out, stderr: err } = this.streams
    if (stdout <= out.size && stderr <= err.size) return false
    out.size = Math.max(out.size, stdout)
    err.size = Math.max(err.size, stderr)
    this.#checkpoints?.add({ time, stdout: out.size, stderr: err.size, isLast: false })
    return true
  }

  #close(checkpoints: CheckpointFile, endedAt: number): void {
    this.#endedAt = endedAt
    checkpoints.add({ time: endedAt, stdout: this.streams.stdout.size, stderr: this.streams.stderr.size, isLast: true })
  }
}

/** Closes what `RunLog.open` has opened. */
export async function closeRun({ files, view }: OpenRun): Promise<void> {
  await Promise.all([...files.map(file => file.close()), view.close()])
}

function newStream(dir: string, name: StreamName): RunStream {
  const counts = new LineCounts(join(dir, `${name}.lines`))
  return { name, path: join(dir, `${name}.log`), counts, size: 0, first: 0, firstLines: 0, removedSize: undefined, gap: { from: 0, to: 0 } }
}

/** A log that somebody removed under a living process is not seen any more; a new empty one keeps the host going. */
const openOrCreate = (path: string) => open(path, 'a+', 0o600)

function sizeOf(handle: FileHandle | undefined): number {
  return handle === undefined ? 0 : fstatSync(handle.fd).size
}

async function sizeAt(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  }
  catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
}
