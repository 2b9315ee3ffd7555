import { STREAMS } from '#shared/schemas/logs'
import type { Cursor } from './cursor'
import { blockOf } from './lines'
import { countKept } from './lost'
import type { Marks } from './merge'
import type { PrunedRuns } from './pruned-runs'
import type { RunLog } from './run-log'

/** The log of a process, its runs oldest first. */
export interface CountedLog { runs: readonly RunLog[], pruned: PrunedRuns }

/**
 * Counts the lines of both streams after the cursor `since` and before the line of the cursor `before`, kept or lost; zero
 * or less when that line is not after `since`. Counts newlines in files, by chunks, and never reads a line.
 */
export async function countBetween({ runs, pruned }: CountedLog, since: Cursor, before: Cursor): Promise<number> {
  let count = pruned.linesAfter(since, STREAMS)
  for (const run of runs.filter(one => one.run >= since.run && one.run <= before.run)) {
    count += run.run === before.run ? await linesUpTo(run, before) - (before.own ? 1 : 0) : sum(await run.totals())
    if (run.run === since.run) count -= await linesUpTo(run, since)
  }
  return count
}

async function linesUpTo(run: RunLog, marks: Marks): Promise<number> {
  await run.ready()
  return await run.exclusively(async () => {
    let count = 0
    for (const name of STREAMS) {
      const { offset, lines } = marks[name]
      const stream = run.streams[name]
      count += await stream.counts.countTo(blockOf(offset), stream) + (lines ?? await countKept(run, name, offset))
    }
    return count
  })
}

const sum = ({ stdout, stderr }: { stdout: number, stderr: number }) => stdout + stderr
