import { open, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { STREAMS, type StreamName } from '#shared/schemas/logs'
import type { Logger } from '../logger'
import { findLine } from './find-line'
import { BLOCK_BYTES, blockOf } from './lines'
import type { Segment, StreamMeta } from './log-meta'
import { PieceReader, readRange, segmentPath } from './pieces'
import { filesIn } from './run-files'
import type { RunLog } from './run-log'
import { metaOf, type RunStream } from './run-stream'

/**
 * Stops a whole run. Resolves, once no member of it can write, with what lets it go on; with undefined where it cannot
 * be stopped, and then lets it go on by itself. The next host must load the log before it lets a stopped run go on.
 */
export type Pause = () => Promise<(() => void) | undefined>

const COPY_BYTES = 1024 * 1024
const TAIL_BYTES = BLOCK_BYTES

export interface MoveOptions {
  pause: Pause
  /** What the stream may keep: what is older is left behind. */
  limit: number
}

/**
 * Moves what a file holds into a segment of its own and empties the file, without losing a byte: most of it is copied
 * while the process writes on, the rest while it is stopped (reference: capture §5). Answers false where that cannot be
 * done now. Only for work that is done exclusively.
 */
export async function moveAside(run: RunLog, name: StreamName, { pause, limit }: MoveOptions): Promise<boolean> {
  const stream = run.streams[name]
  const head = await headOf(stream, limit)
  const from = Math.max(stream.base, blockOf(head.first) * BLOCK_BYTES)
  const path = segmentPath(stream, { file: fileOf(stream, from) })
  const copy = await open(path, 'w', 0o600)
  try {
    const copied = await copyRange(stream, copy, { from, to: stream.size, start: from })
    return await stopAndMove(run, stream, { copy, from, copied, pause, head })
  }
  finally {
    await copy.close()
    // Where it came to nothing, on a full disk above all, the copy takes no room.
    if (!stream.segments.some(({ file }) => file === fileOf(stream, from))) await rm(path, { force: true })
  }
}

/** Where the stream will begin: where it does, or later where its file alone has more than the stream may keep. */
async function headOf(stream: RunStream, limit: number): Promise<Head> {
  const { first, firstLines, size, base } = stream
  const block = blockOf(size - limit)
  if (block * BLOCK_BYTES <= Math.max(first, base)) return { first, firstLines }
  const { kept, lines } = await findLine(stream, block)
  return { first: kept, firstLines: lines }
}

/**
 * Finds out after a crash what became of a move that was on record: the file either still holds what the segment has, and
 * the move is taken back, or it was emptied. Removes what no record names.
 */
export async function finishMove(run: RunLog, name: StreamName, log: Logger): Promise<void> {
  const stream = run.streams[name]
  const { movedFrom, segments } = stream
  const last = segments.at(-1)
  if (movedFrom !== undefined && last) {
    const isWhole = await stillHolds(stream, movedFrom)
    const change = isWhole ? { base: movedFrom, segments: segments.slice(0, -1), movedFrom: undefined } : { movedFrom: undefined }
    Object.assign(stream, change)
    await run.store(name, change).catch(error => log.warn('logs', 'what became of a log is not stored yet', { dir: run.dir, error }))
  }
}

/** Removes the copies of a run that no record names: a host died while it made them. */
export async function removeStrays(run: RunLog): Promise<void> {
  const known = new Set(STREAMS.flatMap(name => run.streams[name].segments.map(({ file }) => file)))
  const isStray = (file: string) => /^(?:stdout|stderr)\.\d+\.log$/.test(file) && !known.has(file)
  const names = await filesIn(run.dir)
  await Promise.all(names.filter(isStray).map(file => rm(join(run.dir, file), { force: true })))
}

type Head = Pick<StreamMeta, 'first' | 'firstLines'>
interface Move { copy: FileHandle, from: number, copied: number, pause: Pause, head: Head }

async function stopAndMove(run: RunLog, stream: RunStream, { copy, from, copied, pause, head }: Move): Promise<boolean> {
  const resume = await pause()
  if (!resume) return false
  try {
    run.look()
    const to = stream.size
    const end = await copyRange(stream, copy, { from: copied, to, start: from })
    await copy.sync()
    const isStill = await run.isIntact(stream.name) && await endOf(stream) === to
    return end === to && isStill && await replace(run, stream, { file: fileOf(stream, from), from, to }, head)
  }
  finally {
    resume()
  }
}

/** On record first: should the host die in the middle, the record says that the file may hold either. */
async function replace(run: RunLog, stream: RunStream, segment: Segment, head: Head): Promise<boolean> {
  const before = metaOf(stream)
  const kept = stream.segments.filter(({ to }) => to > blockOf(head.first) * BLOCK_BYTES)
  const file = await open(stream.path, 'r+')
  stream.isMoving = true
  try {
    await run.store(stream.name, { ...head, base: segment.to, segments: [...kept, segment], movedFrom: before.base })
    if (!await empty(file, segment.to - before.base)) {
      Object.assign(stream, before)
      await run.store(stream.name, before)
      return false
    }
    // After a loss of power the file must not be back at its old size.
    await file.sync()
    await run.store(stream.name, { movedFrom: undefined })
    await Promise.all(before.segments.filter(one => !kept.includes(one)).map(one => rm(segmentPath(stream, one), { force: true })))
    return true
  }
  finally {
    stream.isMoving = false
    await file.close()
  }
}

/** Empties a file that has exactly `size` bytes: somebody outside the run's group may write to it as well. */
async function empty(file: FileHandle, size: number): Promise<boolean> {
  if ((await file.stat()).size !== size) return false
  try {
    await file.truncate(0)
    return true
  }
  catch {
    // It stays as it is, and the log goes on in it.
    return false
  }
}

interface Range { from: number, to: number, start: number }

/** Copies a part of the stream behind what `copy` has, which begins at `start`; gives the offset up to which it came. */
async function copyRange(stream: RunStream, copy: FileHandle, { from, to, start }: Range): Promise<number> {
  const reader = new PieceReader(stream)
  const data = Buffer.allocUnsafe(Math.max(0, Math.min(COPY_BYTES, to - from)))
  try {
    let at = from
    while (at < to) {
      const bytes = await reader.read(data.subarray(0, Math.min(data.length, to - at)), at)
      if (bytes === 0) break
      await copy.write(data, 0, bytes, at - start)
      at += bytes
    }
    return at
  }
  finally {
    await reader.close()
  }
}

async function stillHolds(stream: RunStream, movedFrom: number): Promise<boolean> {
  const { segments, base } = stream
  const last = segments.at(-1)
  if (!last) return false
  const from = Math.max(last.from, last.to - TAIL_BYTES)
  const moved = await readRange(stream, from, last.to)
  const there = await readRange({ ...stream, base: movedFrom, segments: [] }, from, last.to)
  return base === last.to && there.equals(moved)
}

async function endOf(stream: RunStream): Promise<number | undefined> {
  const reader = new PieceReader(stream)
  try {
    return await reader.end()
  }
  finally {
    await reader.close()
  }
}

const fileOf = ({ name }: RunStream, from: number) => `${name}.${from}.log`
