import { open, type FileHandle } from 'node:fs/promises'
import { BLOCK_BYTES, countNewlines } from './lines'
import { PieceReader, type StreamFiles } from './pieces'
import { isMissing } from '../state/missing'

const ENTRY_BYTES = 8
/** 64 MiB of log: how much is counted before it is written down. */
const BATCH_BLOCKS = 1024
const CHUNK_BLOCKS = 16

/**
 * How many newlines stand before each 64 KiB block that retention has taken: what `dropped` is counted from.
 * One double per block in a file of its own, so that it stays small in memory however much a process has written.
 */
export class LineCounts {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  /** Gives the newlines before the block `block`, which must have been counted. */
  async before(block: number): Promise<number> {
    if (block === 0) return 0
    const handle = await open(this.#path, 'r')
    try {
      return await readEntry(handle, block)
    }
    finally {
      await handle.close()
    }
  }

  /** Counts the log up to the start of the block `block` by chunks of 1 MiB, and gives the newlines before it. */
  async countTo(block: number, files: StreamFiles): Promise<number> {
    if (block === 0) return 0
    const counts = await openOrCreate(this.#path)
    const log = new PieceReader(files)
    try {
      const known = Math.floor((await counts.stat()).size / ENTRY_BYTES)
      if (known >= block) return await readEntry(counts, block)
      let total = await readEntry(counts, known)
      const data = Buffer.allocUnsafe(CHUNK_BLOCKS * BLOCK_BYTES)
      for (let at = known; at < block; at += BATCH_BLOCKS) {
        total = await countBatch({ log, counts, data, from: at, to: Math.min(block, at + BATCH_BLOCKS), total })
      }
      await counts.datasync()
      return total
    }
    finally {
      await Promise.all([counts.close(), log.close()])
    }
  }

  /** Takes what is not counted before the block `block` as empty, with `lines` before it: nobody can count it any more. */
  async skipTo(block: number, lines: number): Promise<void> {
    const counts = await openOrCreate(this.#path)
    try {
      const known = Math.floor((await counts.stat()).size / ENTRY_BYTES)
      const entries = Buffer.alloc(Math.max(0, block - known) * ENTRY_BYTES)
      for (let at = 0; at < entries.length; at += ENTRY_BYTES) entries.writeDoubleLE(lines, at)
      await counts.write(entries, 0, entries.length, known * ENTRY_BYTES)
      await counts.datasync()
    }
    finally {
      await counts.close()
    }
  }
}

/** `data` is the room to read into: one for all chunks, else a long log leaves as much garbage. */
interface Batch { log: PieceReader, counts: FileHandle, data: Buffer, from: number, to: number, total: number }

async function countBatch({ log, counts, data, from, to, total }: Batch): Promise<number> {
  const entries = Buffer.alloc((to - from) * ENTRY_BYTES)
  let sum = total
  for (let at = from; at < to; at += CHUNK_BLOCKS) {
    const wanted = Math.min(CHUNK_BLOCKS, to - at)
    const bytesRead = await log.read(data.subarray(0, wanted * BLOCK_BYTES), at * BLOCK_BYTES)
    for (let block = 0; block < wanted; block++) {
      sum += countNewlines(data.subarray(block * BLOCK_BYTES, Math.min(bytesRead, (block + 1) * BLOCK_BYTES)))
      entries.writeDoubleLE(sum, (at - from + block) * ENTRY_BYTES)
    }
  }
  await counts.write(entries, 0, entries.length, from * ENTRY_BYTES)
  return sum
}

async function readEntry(handle: FileHandle, block: number): Promise<number> {
  if (block === 0) return 0
  const data = Buffer.alloc(ENTRY_BYTES)
  await handle.read(data, 0, ENTRY_BYTES, (block - 1) * ENTRY_BYTES)
  return data.readDoubleLE(0)
}

async function openOrCreate(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+')
  }
  catch (error) {
    if (isMissing(error)) return await open(path, 'w+', 0o600)
    throw error
  }
}
