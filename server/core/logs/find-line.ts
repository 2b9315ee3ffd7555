import { BLOCK_BYTES } from './lines'
import { readRange } from './pieces'
import type { RunStream } from './run-stream'

/** How far past its start a kept line is looked for; a longer line loses its head. */
const SEEK_BYTES = 1024 * 1024
const NEWLINE = 0x0A

/** Finds the first line that begins in or after a block that is not the first kept one, and counts those before it. */
export async function findLine(stream: RunStream, block: number): Promise<{ kept: number, lines: number }> {
  const from = block * BLOCK_BYTES
  const before = await stream.counts.countTo(block, stream)
  // A line that began before an aligned place has lost its head, so the next newline is looked for from the byte before it.
  const found = (await readRange(stream, from - 1, from - 1 + SEEK_BYTES)).indexOf(NEWLINE)
  return { kept: found < 0 ? from : from + found, lines: before + (found > 0 ? 1 : 0) }
}
