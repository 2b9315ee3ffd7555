import { open, type FileHandle } from 'node:fs/promises'
import type { StreamName } from '#shared/schemas/logs'
import type { Logger } from '../logger'
import { isMissing } from '../state/missing'

/** The sizes of both files at a moment (milliseconds since 1970); `isLast` closes the run. */
export interface Checkpoint extends Record<StreamName, number> {
  time: number
  isLast: boolean
}

export const RECORD_BYTES = 24
const FLUSH_MS = 500
const NONE: Checkpoint = { time: 0, stdout: 0, stderr: 0, isLast: false }

/**
 * The checkpoints of one run: what gives each line its time and the two streams their order (reference: capture §5).
 * Only what is not yet on disk is held. Records are written at their own place, so a torn one is simply overwritten.
 */
export class CheckpointFile {
  readonly #path: string
  readonly #log: Logger
  readonly #pending: Checkpoint[] = []
  #stored = 0
  #last = NONE
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> | undefined
  #hasWarned = false

  private constructor(path: string, log: Logger) {
    this.#path = path
    this.#log = log
  }

  /** The file of a run that is about to begin: there is none yet. */
  static begin(path: string, log: Logger): CheckpointFile {
    return new CheckpointFile(path, log)
  }

  /** Opens the file for one run; a missing one is empty. */
  static async open(path: string, log: Logger): Promise<CheckpointFile> {
    const file = new CheckpointFile(path, log)
    const handle = await openForReading(path)
    if (!handle) return file
    try {
      file.#stored = Math.floor((await handle.stat()).size / RECORD_BYTES)
      await file.#dropUnwritten(handle)
    }
    finally {
      await handle.close()
    }
    return file
  }

  get last(): Checkpoint {
    return this.#last
  }

  get count(): number {
    return this.#stored + this.#pending.length
  }

  /** Adds a checkpoint; its time is never before that of the one before it. */
  add(checkpoint: Checkpoint): void {
    this.#last = { ...checkpoint, time: Math.max(checkpoint.time, this.#last.time) }
    this.#pending.push(this.#last)
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref()
  }

  /** Gives the checkpoint at `index` when it is still held. */
  held(index: number): Checkpoint | undefined {
    return index < this.#stored ? undefined : this.#pending[index - this.#stored]
  }

  /** Reads up to `count` checkpoints from `index` on from the disk. */
  async read(handle: FileHandle, index: number, count: number): Promise<Checkpoint[]> {
    const wanted = Math.max(0, Math.min(count, this.#stored - index))
    const data = Buffer.alloc(wanted * RECORD_BYTES)
    const { bytesRead } = await handle.read(data, 0, data.length, index * RECORD_BYTES)
    return Array.from({ length: Math.floor(bytesRead / RECORD_BYTES) }, (_, at) => decode(data, at * RECORD_BYTES))
  }

  openForReading(): Promise<FileHandle | undefined> {
    return openForReading(this.#path)
  }

  /** Writes what is held to the disk. A failure is said once and tried again with the next flush. */
  async flush(): Promise<void> {
    this.#timer = void clearTimeout(this.#timer)
    while (this.#flushing) await this.#flushing
    if (this.#pending.length === 0) return
    this.#flushing = this.#write()
    try {
      await this.#flushing
    }
    catch (error) {
      if (!this.#hasWarned) this.#log.warn('logs', 'the times of log lines cannot be stored', { path: this.#path, error })
      this.#hasWarned = true
      this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref()
    }
    finally {
      this.#flushing = undefined
    }
  }

  /** Forgets what is not on disk: the file is about to be removed. */
  discard(): void {
    this.#timer = void clearTimeout(this.#timer)
    this.#pending.length = 0
  }

  async #write(): Promise<void> {
    const batch = [...this.#pending]
    const data = Buffer.alloc(batch.length * RECORD_BYTES)
    for (const [at, checkpoint] of batch.entries()) encode(data, at * RECORD_BYTES, checkpoint)
    const handle = await openForWriting(this.#path)
    try {
      const { bytesWritten } = await handle.write(data, 0, data.length, this.#stored * RECORD_BYTES)
      const whole = Math.floor(bytesWritten / RECORD_BYTES)
      this.#stored += whole
      this.#pending.splice(0, whole)
    }
    finally {
      await handle.close()
    }
  }

  /** After a loss of power the file may end in zeros that were never records. */
  async #dropUnwritten(handle: FileHandle): Promise<void> {
    for (; this.#stored > 0; this.#stored--) {
      const [record] = await this.read(handle, this.#stored - 1, 1)
      if (!record || !(record.time > 0)) continue
      this.#last = record
      return
    }
  }
}

async function openForReading(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  }
  catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function openForWriting(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+')
  }
  catch (error) {
    if (isMissing(error)) return await open(path, 'w', 0o600)
    throw error
  }
}

/** Three little-endian doubles: they hold every offset and time exactly. A negative time closes the run. */
function encode(data: Buffer, at: number, { time, stdout, stderr, isLast }: Checkpoint): void {
  data.writeDoubleLE(isLast ? -time : time, at)
  data.writeDoubleLE(stdout, at + 8)
  data.writeDoubleLE(stderr, at + 16)
}

function decode(data: Buffer, at: number): Checkpoint {
  const time = data.readDoubleLE(at)
  return { time: Math.abs(time), stdout: data.readDoubleLE(at + 8), stderr: data.readDoubleLE(at + 16), isLast: time < 0 }
}
