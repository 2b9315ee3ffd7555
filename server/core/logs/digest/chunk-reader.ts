import type { StreamName } from '#shared/schemas/logs'
import { CHUNK_BYTES } from '../chunk-memory'
import { PieceReader } from '../pieces'
import type { RunLog } from '../run-log'
import type { Chunk } from './extract'
import type { ReadStream } from './index-file'

const NEWLINE = 0x0A

type OwnChunk = Chunk & { data: Uint8Array<ArrayBuffer> }

/** Where to go on, and the CHUNK_BYTES of memory to read into. */
interface Place extends Pick<ReadStream, 'read' | 'state'> { memory: ArrayBuffer }

/**
 * Reads the next chunk of a stream: complete lines, and at the end of an ended run what is there. `moved` when the bytes were
 * taken away meanwhile, `incomplete` when no line is complete.
 */
export async function readChunk(run: RunLog, name: StreamName, { read, state, memory: room }: Place): Promise<OwnChunk | 'moved' | 'incomplete'> {
  const stream = run.streams[name]
  const { size } = stream
  const wanted = Math.min(CHUNK_BYTES, size - read)
  const memory = new Uint8Array(room)
  const reader = new PieceReader(stream)
  let length: number
  try {
    length = await reader.read(Buffer.from(room, 0, wanted), read)
  }
  finally {
    await reader.close()
  }
  // The process may have cut the file, retention may have taken its head, or it was moved aside.
  await run.verify()
  if (stream.base !== reader.base || stream.first > read) return 'moved'
  const isLast = run.isEnded && read + length >= size
  const whole = isLast ? length : memory.subarray(0, length).lastIndexOf(NEWLINE) + 1
  const usable = whole > 0 ? whole : length === CHUNK_BYTES ? length : 0
  if (usable === 0) return 'incomplete'
  return { data: memory.subarray(0, usable), offset: read, stream: name, state, isLast }
}
