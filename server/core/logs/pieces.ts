import { open, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { StreamName } from '#shared/schemas/logs'
import { isMissing } from '../state/missing'
import type { Segment } from './log-meta'

/** The files of one stream: segments that were moved aside, then the file that the process writes to. */
export interface StreamFiles {
  readonly name: StreamName
  readonly path: string
  readonly base: number
  segments: readonly Segment[]
}

/** A file and the offsets of the stream that its bytes have. */
interface Piece { path: string, from: number, to: number }

/** Gives the path of a segment of a stream. */
export const segmentPath = ({ path }: Pick<StreamFiles, 'path'>, { file }: Pick<Segment, 'file'>) => join(dirname(path), file)

/** Reads one stream by its offsets, whichever files hold them, as they stood when it was made. Files are opened when needed. */
export class PieceReader {
  /** Where the file that the process writes to began. */
  readonly base: number
  readonly #pieces: Piece[]
  readonly #handles = new Map<Piece, Promise<FileHandle | undefined>>()

  constructor(files: StreamFiles) {
    this.base = files.base
    this.#pieces = [
      ...files.segments.map(segment => ({ path: segmentPath(files, segment), from: segment.from, to: segment.to })),
      { path: files.path, from: files.base, to: Number.POSITIVE_INFINITY },
    ]
  }

  /** Gives the offset where the stream ends as of now; undefined when the file that the process writes to is gone. */
  async end(): Promise<number | undefined> {
    const live = this.#pieces.at(-1)
    const handle = live && await this.#open(live)
    return handle && this.base + (await handle.stat()).size
  }

  /** Fills `data` from the offset `start` on, as far as there is something; gives the number of bytes. */
  async read(data: Buffer, start: number): Promise<number> {
    let done = 0
    for (const piece of this.#pieces) {
      const at = start + done
      if (done === data.length || at < piece.from) break
      if (at >= piece.to) continue
      const wanted = Math.min(data.length - done, piece.to - at)
      const handle = await this.#open(piece)
      const { bytesRead } = await handle?.read(data, done, wanted, at - piece.from) ?? { bytesRead: 0 }
      done += bytesRead
      if (bytesRead < wanted) break
    }
    return done
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#handles.values())
    this.#handles.clear()
    await Promise.all(opened.map(async one => one.status === 'fulfilled' ? await one.value?.close() : undefined))
  }

  #open(piece: Piece): Promise<FileHandle | undefined> {
    const known = this.#handles.get(piece) ?? openExisting(piece.path)
    this.#handles.set(piece, known)
    return known
  }
}

/** Reads the bytes of a stream from the offset `from` up to `to`, fewer where it has fewer. */
export async function readRange(files: StreamFiles, from: number, to: number): Promise<Buffer> {
  const reader = new PieceReader(files)
  try {
    const data = Buffer.alloc(to - from)
    return data.subarray(0, await reader.read(data, from))
  }
  finally {
    await reader.close()
  }
}

async function openExisting(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  }
  catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
