import { rm, stat } from 'node:fs/promises'
import { STREAMS, type StreamName } from '#shared/schemas/logs'
import { findLine } from './find-line'
import { BLOCK_BYTES, blockOf } from './lines'
import { countAll } from './line-totals'
import { moveAside, type Pause } from './move-aside'
import { segmentPath } from './pieces'
import type { HolePuncher } from './punch'
import type { RunLog } from './run-log'
import type { RunStream } from './run-stream'

/** What a stream may keep over all runs. */
export const RETAINED_BYTES = 32 * 1024 * 1024

/** A file that cannot be punched is moved aside when it holds this part of the limit. */
const MOVED_PART = 1 / 4

/** How much above the limit a stream may be. */
const TOLERANCE = 1.25

export interface RetentionOptions {
  /** Bytes that each stream may keep over all runs. */
  limit: number
  puncher: HolePuncher
  /** Stops the newest run where its file cannot be punched; absent where that cannot be done. */
  pause: Pause | undefined
}

/** Tells whether `retain` has anything to do, as far as is known without a look at a disk. All of `runs` are loaded. */
export function isDue(runs: readonly RunLog[], { limit, puncher }: Omit<RetentionOptions, 'pause'>): boolean {
  const newest = runs.at(-1)
  return STREAMS.some(name => keptOf(runs, name) > limit * TOLERANCE
    || (newest !== undefined && isMovable(newest, name, limit) && !puncher.isSure(newest.dir)))
}

/**
 * Brings each stream of `runs` (oldest first) back to `limit` bytes when it is a quarter above it: the files of the oldest
 * runs go first, then the head of the next one, by a hole or, where none can be punched, by the segments that were moved
 * aside. What goes is counted and on record before it is gone.
 */
export async function retain(runs: readonly RunLog[], options: RetentionOptions): Promise<void> {
  for (const run of runs) await run.ready()
  for (const name of STREAMS) {
    const newest = runs.at(-1)
    if (newest) await makeMovable(newest, name, options)
    const kept = keptOf(runs, name)
    if (kept > options.limit * TOLERANCE) await release(runs, name, { bytes: kept - options.limit, puncher: options.puncher })
  }
}

/** Gives what is still on disk of one stream of a run, in bytes. */
export function keptBytes(run: RunLog, name: StreamName): number {
  const { size, first } = run.streams[name]
  return Math.max(0, size - first)
}

const keptOf = (runs: readonly RunLog[], name: StreamName) => runs.reduce((sum, run) => sum + keptBytes(run, name), 0)

function isMovable(run: RunLog, name: StreamName, limit: number): boolean {
  const { size, base } = run.streams[name]
  return size - base > Math.max(limit * MOVED_PART, BLOCK_BYTES)
}

async function makeMovable(run: RunLog, name: StreamName, { limit, puncher, pause }: RetentionOptions): Promise<void> {
  if (!isMovable(run, name, limit) || await puncher.isPossible(run.dir)) return
  await run.exclusively(() => moveWhileStopped(run, name, { limit, puncher, pause }))
}

/** Moves what a file holds aside, where its process can be stopped for that; else it is said that the log keeps growing. */
export async function moveWhileStopped(run: RunLog, name: StreamName, { limit, puncher, pause }: RetentionOptions): Promise<void> {
  const stop: Pause = async () => {
    const resume = run.isEnded ? () => {} : await pause?.()
    if (!resume && !run.isEnded) puncher.tellStuck()
    return resume
  }
  await moveAside(run, name, { pause: stop, limit })
}

interface Excess { bytes: number, puncher: HolePuncher }

async function release(runs: readonly RunLog[], name: StreamName, { bytes, puncher }: Excess): Promise<void> {
  let excess = bytes
  for (const run of runs) {
    const kept = keptBytes(run, name)
    if (kept === 0) continue
    if (!run.isEnded || kept > excess) {
      const take = Math.min(kept, excess)
      return await run.exclusively(() => trimHead(run, name, { bytes: take, puncher }))
    }
    await run.exclusively(() => dropFile(run, name))
    excess -= kept
  }
}

/** Removes the whole file of an ended run; its line counts stay. */
export async function dropFile(run: RunLog, name: StreamName): Promise<void> {
  const stream = run.streams[name]
  const { path, size, segments } = stream
  const { first, lines } = await countAll(stream)
  await run.store(name, { first, firstLines: lines, removedSize: size, segments: [] })
  await Promise.all([path, ...segments.map(segment => segmentPath(stream, segment))].map(file => rm(file, { force: true })))
}

/** Takes at least `bytes`, up to the next whole line after an aligned place, and gives back what lies before its block. */
async function trimHead(run: RunLog, name: StreamName, { bytes, puncher }: Excess): Promise<void> {
  const stream = run.streams[name]
  const canPunch = await puncher.isPossible(run.dir)
  // Where no hole can be punched, nothing is given up that would stay on the disk anyway.
  const block = blockOf(canPunch ? stream.first + bytes : Math.min(stream.first + bytes, stream.base))
  const from = block * BLOCK_BYTES
  if (from <= stream.first) return
  await giveBack(run, name, { ...await findLine(stream, block), puncher })
}

export interface Head { kept: number, lines: number, puncher: HolePuncher }

/** Lets a stream begin at the line that starts at `kept`, after `lines` others, and gives back what lies before its block. */
export async function giveBack(run: RunLog, name: StreamName, { kept, lines, puncher }: Head): Promise<void> {
  const stream = run.streams[name]
  const head = blockOf(kept) * BLOCK_BYTES
  const gone = stream.segments.filter(({ to }) => to <= head)
  await run.store(name, { first: kept, firstLines: lines, segments: stream.segments.filter(({ to }) => to > head) })
  await Promise.all(gone.map(segment => rm(segmentPath(stream, segment), { force: true })))
  // The block of the first line stays whole: what stands before the line in it can still be counted.
  const canPunch = head > stream.base && await puncher.isPossible(run.dir)
  if (canPunch && await isWhole(stream)) await puncher.punch(stream.path, head - stream.base)
}

/** A file that was cut a moment ago must not be punched: what would go is new. */
async function isWhole({ path, base, size }: RunStream): Promise<boolean> {
  return (await stat(path)).size >= size - base
}
