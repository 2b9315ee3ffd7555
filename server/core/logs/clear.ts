import { STREAMS, type StreamName } from '#shared/schemas/logs'
import { BLOCK_BYTES, blockOf } from './lines'
import { LogFile } from './log-file'
import type { Pause } from './move-aside'
import type { HolePuncher } from './punch'
import { dropFile, giveBack, moveWhileStopped } from './retention'
import type { RunLog } from './run-log'

export interface ClearOptions {
  puncher: HolePuncher
  /** Stops the newest run where its file cannot be punched; absent where that cannot be done. */
  pause: Pause | undefined
}

/**
 * Takes every line out of the log of `runs` (oldest first). Each is counted and on record as lost before its bytes go, so
 * that every cursor stays valid. A living run writes on; the line it has not ended stays whole, and so does the block of
 * 64 KiB it stands in, unseen.
 */
export async function clear(runs: readonly RunLog[], options: ClearOptions): Promise<void> {
  for (const run of runs) {
    await run.ready()
    await run.exclusively(async () => {
      // A run that has ended a moment ago may still be writing down its last checkpoints.
      if (run.isEnded) await run.release()
      for (const name of STREAMS) await (run.isEnded ? dropFile(run, name) : clearLiving(run, name, options))
    })
  }
}

async function clearLiving(run: RunLog, name: StreamName, { puncher, pause }: ClearOptions): Promise<void> {
  const { size, base, first } = run.streams[name]
  const isMoved = size - base > BLOCK_BYTES && !await puncher.isPossible(run.dir)
  if (isMoved) await moveWhileStopped(run, name, { limit: 0, puncher, pause })
  const { kept, lines } = await afterLastLine(run, name)
  if (kept > first) await giveBack(run, name, { kept, lines, puncher })
}

/** Finds where the line begins that is still being written, and counts those before it. */
async function afterLastLine(run: RunLog, name: StreamName): Promise<{ kept: number, lines: number }> {
  const stream = run.streams[name]
  const file = await LogFile.open(stream, false)
  try {
    const kept = await file.endBefore(file.size) ?? file.first
    return { kept, lines: await stream.counts.countTo(blockOf(kept), stream) + await file.linesInBlock(kept) }
  }
  finally {
    await file.close()
  }
}
