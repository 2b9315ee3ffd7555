import type { StreamName } from '#shared/schemas/logs'
import { START, type Mark } from './cursor'
import { blockOf, BLOCK_BYTES } from './lines'
import type { Marks } from './merge'
import { closeRun, type RunLog } from './run-log'

/**
 * Counts the lines of a run that retention took and that end after `from`. Exact where the cursor carries its newlines
 * or its block is still there; else the lines of one block are taken as spread evenly.
 */
export async function countLost(run: RunLog, names: readonly StreamName[], from: Marks): Promise<number> {
  await run.ready()
  let lost = 0
  for (const name of names) {
    const { first, firstLines, cut } = run.streams[name]
    if (from[name].offset >= first) continue
    const before = await linesBefore(run, name, from[name])
    // What the process cut off itself was never counted: of the lines before the cut only those that retention took are.
    lost += Math.max(0, firstLines - (cut && from[name].offset < cut.at ? Math.min(before, cut.lines) : before))
  }
  return lost
}

export const FROM_START: Marks = { stdout: START, stderr: START }

async function linesBefore(run: RunLog, name: StreamName, { offset, lines }: Mark): Promise<number> {
  const { counts, first, firstLines } = run.streams[name]
  const block = blockOf(offset)
  const before = await counts.before(block)
  if (lines !== undefined) return before + lines
  const isKept = block === blockOf(first)
  if (isKept) return before + await countKept(run, name, offset)
  const after = await linesAfter(run, name, block)
  return before + Math.floor((Math.min(after, firstLines) - before) * (offset % BLOCK_BYTES) / BLOCK_BYTES)
}

/** The newlines before the block that follows; the last block of a removed file has no successor. */
async function linesAfter(run: RunLog, name: StreamName, block: number): Promise<number> {
  const { counts, first, firstLines } = run.streams[name]
  return block + 1 <= blockOf(first) ? await counts.before(block + 1) : firstLines
}

/** Counts the newlines between the start of the block of `offset` and it. */
export async function countKept(run: RunLog, name: StreamName, offset: number): Promise<number> {
  const opened = await run.open([name])
  try {
    return await opened.files[0]?.linesInBlock(offset) ?? 0
  }
  finally {
    await closeRun(opened)
  }
}
