import { STREAMS, type StreamName } from '#shared/schemas/logs'
import type { Logger } from '../../logger'
import type { RunLog } from '../run-log'
import { readChunk } from './chunk-reader'
import type { ErrorGroups } from './error-groups'
import { toGroup, type Extract, type FoundGroup } from './extract'
import type { ReadRun, ReadStream } from './index-file'
import { PlaceFinder } from './place'
import type { ErrorScanner } from './scanner'

export interface ErrorReaderOptions {
  id: string
  log: Logger
  scanner: ErrorScanner
  closed: AbortSignal
}

/** Reads the runs of one log chunk by chunk. Only for work that is done exclusively. */
export class ErrorReader {
  readonly #options: ErrorReaderOptions
  readonly #onRead: () => void
  /** Sizes at which a stream had no complete line left to read. */
  readonly #exhausted = new Map<ReadStream, number>()

  /** `onRead` is called when more is known than before. */
  constructor(options: ErrorReaderOptions, onRead: () => void) {
    this.#options = options
    this.#onRead = onRead
  }

  /** Reads one chunk of a run and gives its bytes; 0 when nothing is left to read up to where it was to be read. */
  async readOn(run: RunLog, { entry, groups, upTo }: Wanted): Promise<number> {
    if (entry.isDone) return 0
    for (const name of STREAMS) {
      const bytes = entry[name].read < upTo[name] ? await this.#readStream(run, { entry, name, groups }) : 0
      if (bytes > 0) return bytes
    }
    if (run.isEnded && STREAMS.every(name => this.#isRead(run, entry, name))) await this.#finish(run, entry, groups)
    return 0
  }

  #isRead(run: RunLog, entry: ReadRun, name: StreamName): boolean {
    const { size } = run.streams[name]
    return entry[name].read >= size || this.#exhausted.get(entry[name]) === size
  }

  async #readStream(run: RunLog, part: Part): Promise<number> {
    const { entry, name, groups } = part
    const stream = run.streams[name]
    const progress = entry[name]
    await this.#passOver(run, part)
    if (this.#isRead(run, entry, name)) return 0
    const { size } = stream
    const { memory: spare } = this.#options.scanner
    const memory = spare.take()
    const chunk = await readChunk(run, name, { ...progress, memory })
    if (typeof chunk === 'string') spare.giveBack(memory)
    if (chunk === 'moved') return 1 // the next look is at what is there then
    if (chunk === 'incomplete') {
      this.#exhausted.set(progress, size)
      return 0
    }
    const { length } = chunk.data
    const { groups: found, lines, state } = await this.#scan(chunk, progress)
    await addFound(run, { name, found, groups })
    Object.assign(progress, { read: progress.read + length, lines: progress.lines + lines, state })
    this.#onRead()
    return length
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
  async #passOver(run: RunLog, part: Part): Promise<void> {
    const { first, firstLines } = run.streams[part.name]
    const progress = part.entry[part.name]
    if (first <= progress.read) return
    await closeOpen(run, part)
    progress.takenBytes += first - progress.read
    progress.takenLines += Math.max(0, firstLines - progress.lines)
    Object.assign(progress, { read: first, lines: Math.max(progress.lines, firstLines), state: {} })
    this.#onRead()
  }

  async #finish(run: RunLog, entry: ReadRun, groups: ErrorGroups): Promise<void> {
    for (const name of STREAMS) await closeOpen(run, { entry, name, groups })
    entry.isDone = true
    this.#onRead()
  }
}

/** Where the streams of a run end, in bytes. */
export type StreamEnds = Record<StreamName, number>

/** What is to be read of a run, and where what is found goes: only what was there when it was asked for. */
interface Wanted { entry: ReadRun, groups: ErrorGroups, upTo: StreamEnds }

/** One stream of a run, and where what is found in it goes. */
interface Part { entry: ReadRun, name: StreamName, groups: ErrorGroups }

/** Adds the error at the very end of each stream, which may not be complete. */
export async function addOpen(run: RunLog, entry: ReadRun | undefined, groups: ErrorGroups): Promise<void> {
  for (const name of STREAMS) {
    const open = entry?.[name].state.open
    if (open) await addFound(run, { name, found: [toGroup(open)], groups })
  }
}

async function closeOpen(run: RunLog, { entry, name, groups }: Part): Promise<void> {
  const { open } = entry[name].state
  if (open) await addFound(run, { name, found: [toGroup(open)], groups })
  entry[name].state = {}
}

interface FoundIn { name: StreamName, found: readonly FoundGroup[], groups: ErrorGroups }

async function addFound(run: RunLog, { name, found, groups }: FoundIn): Promise<void> {
  if (found.length === 0) return
  const places = await PlaceFinder.open(run, name)
  try {
    for (const group of found) groups.add({ ...group, first: await places.find(group.first), last: await places.find(group.last) })
  }
  finally {
    await places.close()
  }
}
