import { STREAMS, type StreamName } from '#shared/schemas/logs'
import type { PrunedRun } from './pruned-runs'
import type { RunLog } from './run-log'

/** The newest runs are kept whatever they hold. */
export const KEPT_RUNS = 100
/** The newest lines of each stream over all runs are kept, in so many runs at most. */
const KEPT_LINES = 10_000
export const MOST_RUNS = 1000

/** How many of the oldest `runs` nobody needs any more (CONTRACT: retention). */
export async function countPrunable(runs: readonly RunLog[]): Promise<number> {
  const newer: Record<StreamName, number> = { stdout: 0, stderr: 0 }
  const least = Math.max(0, runs.length - MOST_RUNS)
  if (runs.length <= KEPT_RUNS) return 0
  let oldest = runs.length
  for (let at = runs.length - 1; at >= least; at--) {
    const run = runs[at]
    if (!run) break
    const kept = await keptLines(run)
    const isNeeded = STREAMS.some(name => kept[name] > 0 && newer[name] < KEPT_LINES)
    if (isNeeded || at >= runs.length - KEPT_RUNS) oldest = at
    for (const name of STREAMS) newer[name] += kept[name]
    if (oldest !== at && STREAMS.every(name => newer[name] >= KEPT_LINES)) break
  }
  return oldest
}

/** Counts what a run had, for the time after it is removed. */
export async function totalsOf(run: RunLog): Promise<PrunedRun> {
  const { stdout, stderr } = await run.totals()
  return { run: run.run, sizes: { stdout: run.streams.stdout.size, stderr: run.streams.stderr.size }, lines: { stdout, stderr } }
}

async function keptLines(run: RunLog): Promise<Record<StreamName, number>> {
  if (!run.isEnded) return { stdout: 0, stderr: 0 }
  const { stdout, stderr } = await run.totals()
  return { stdout: stdout - run.streams.stdout.firstLines, stderr: stderr - run.streams.stderr.firstLines }
}
