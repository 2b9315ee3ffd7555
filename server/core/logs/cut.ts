import { rm } from 'node:fs/promises'
import { BLOCK_BYTES, blockOf } from './lines'
import { segmentPath } from './pieces'
import type { RunLog } from './run-log'
import type { RunStream } from './run-stream'

/**
 * Takes a cut of its file by the process itself on record: the file goes on at a new offset, after everything that was
 * there before, and in a new generation, since the last offsets given out may be unknown after a crash.
 */
export async function recordCut(run: RunLog, stream: RunStream): Promise<void> {
  const at = Math.ceil(stream.size / BLOCK_BYTES) * BLOCK_BYTES
  const generation = run.generation + 1
  const { segments, firstLines: lines } = stream
  await stream.counts.skipTo(blockOf(at), lines)
  await run.store(stream.name, { first: at, base: at, segments: [], cut: { at, lines, generation } }, generation)
  Object.assign(stream, { size: Math.max(stream.size, at), gap: { from: 0, to: 0 }, probe: undefined })
  await Promise.all(segments.map(segment => rm(segmentPath(stream, segment), { force: true })))
}
