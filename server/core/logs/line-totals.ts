import { BLOCK_BYTES, blockOf, countNewlines } from './lines'
import { PieceReader } from './pieces'
import type { RunStream } from './run-stream'

const NEWLINE = 0x0A

/**
 * Counts the lines of a stream of an ended run from its start, those lost included; `first` is where the next line would
 * begin. A file that somebody removed has nothing more to count.
 */
export async function countAll(stream: RunStream): Promise<{ first: number, lines: number }> {
  const { size, first, firstLines, counts } = stream
  if (first >= size) return { first: Math.max(first, size), lines: firstLines }
  const reader = new PieceReader(stream)
  try {
    if (await reader.end() === undefined && stream.segments.length === 0) return { first: size, lines: firstLines }
    const before = await counts.countTo(blockOf(size), stream)
    const from = blockOf(size) * BLOCK_BYTES
    const data = Buffer.alloc(size - from)
    const tail = data.subarray(0, await reader.read(data, from))
    const last = Buffer.alloc(1)
    await reader.read(last, size - 1)
    const isCut = last.at(0) !== NEWLINE
    return { first: isCut ? size + 1 : size, lines: before + countNewlines(tail) + (isCut ? 1 : 0) }
  }
  finally {
    await reader.close()
  }
}
