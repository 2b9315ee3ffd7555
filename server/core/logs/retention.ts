import { open, rm } from 'node:fs/promises'
import { STREAMS, type StreamName } from '#shared/schemas/logs'
import { BLOCK_BYTES, blockOf, countNewlines } from './lines'
import { isMissing } from '../state/missing'
import type { HolePuncher } from './punch'
import type { RunLog } from './run-log'

/** What a stream may keep over all runs. */
export const RETAINED_BYTES = 32 * 1024 * 1024

/** How far past its start a kept line is looked for; a longer line loses its head. */
const SEEK_BYTES = 1024 * 1024

/**
 * Brings each stream of `runs` (oldest first) back to `limit` bytes when it is a quarter above it: the files of the oldest
 * runs go first, then the head of the next one by a hole. What goes is counted and on record before it is gone.
 */
export async function retain(runs: readonly RunLog[], limit: number, puncher: HolePuncher): Promise<void> {
  for (const run of runs) await run.ready()
  for (const name of STREAMS) {
    const kept = runs.reduce((sum, run) => sum + keptBytes(run, name), 0)
    if (kept > limit * 1.25) await release(runs, name, { bytes: kept - limit, puncher })
  }
}

/** Gives what is still on disk of one stream of a run, in bytes. */
export function keptBytes(run: RunLog, name: StreamName): number {
  const { size, first } = run.streams[name]
  return Math.max(0, size - first)
}

interface Excess { bytes: number, puncher: HolePuncher }

async function release(runs: readonly RunLog[], name: StreamName, { bytes, puncher }: Excess): Promise<void> {
  let excess = bytes
  for (const run of runs) {
    const kept = keptBytes(run, name)
    if (kept === 0) continue
    if (!run.isEnded || kept > excess) {
      if (await puncher.isPossible(run.dir)) await trimHead(run, name, { bytes: Math.min(kept, excess), puncher })
      return
    }
    await dropFile(run, name)
    excess -= kept
  }
}

/** Removes the whole file of an ended run; its line counts stay. */
async function dropFile(run: RunLog, name: StreamName): Promise<void> {
  const { path, size } = run.streams[name]
  const { first, lines } = await countAll(run, name)
  await run.takeHead(name, { first, firstLines: lines, removedSize: size })
  await rm(path, { force: true })
}

/** Counts what a file holds; one that somebody removed already has nothing more to count. */
async function countAll(run: RunLog, name: StreamName): Promise<{ first: number, lines: number }> {
  const { path, size, counts, firstLines } = run.streams[name]
  try {
    const before = await counts.countTo(blockOf(size), path)
    const tail = await readRange(path, blockOf(size) * BLOCK_BYTES, size)
    const isCut = (await readRange(path, size - 1, size)).at(0) !== NEWLINE
    return { first: isCut ? size + 1 : size, lines: before + countNewlines(tail) + (isCut ? 1 : 0) }
  }
  catch (error) {
    if (!isMissing(error)) throw error
    return { first: size, lines: firstLines }
  }
}

/** Takes at least `bytes`, up to the next whole line after an aligned place, and punches up to its block. */
async function trimHead(run: RunLog, name: StreamName, { bytes, puncher }: Excess): Promise<void> {
  const { path, first, counts } = run.streams[name]
  const block = blockOf(first + bytes)
  const from = block * BLOCK_BYTES
  if (from <= first) return
  const before = await counts.countTo(block, path)
  // A line that began before an aligned place has lost its head, so the next newline is looked for from the byte before it.
  const found = (await readRange(path, from - 1, from - 1 + SEEK_BYTES)).indexOf(NEWLINE)
  const kept = found < 0 ? from : from + found
  const between = found > 0 ? 1 : 0
  await run.takeHead(name, { first: kept, firstLines: before + between, removedSize: undefined })
  // The block of the first line stays whole: what stands before the line in it can still be counted.
  await puncher.punch(path, blockOf(kept) * BLOCK_BYTES)
}

const NEWLINE = 0x0A

async function readRange(path: string, from: number, to: number): Promise<Buffer> {
  const handle = await open(path, 'r')
  try {
    const data = Buffer.alloc(to - from)
    const { bytesRead } = await handle.read(data, 0, data.length, from)
    return data.subarray(0, bytesRead)
  }
  finally {
    await handle.close()
  }
}
