import { join } from 'node:path'
import { z } from 'zod'
import { failure } from '#shared/errors'
import { atomicWrite } from '../state/atomic-file'
import { readIfThere } from '../state/read-if-there'

const Offset = z.int().nonnegative()

/** A part of a stream that was moved out of the file the process writes to: the bytes from `from` up to `to`. */
const Segment = z.object({ file: z.string(), from: Offset, to: Offset })
export type Segment = z.output<typeof Segment>

/**
 * The newest cut by the process itself: its file began anew at offset `at`. `lines` were counted as lost before it.
 * Cursors of a generation before `generation` that lie beyond `at` were given for what was cut off.
 */
const Cut = z.object({ at: Offset, lines: Offset, generation: Offset })
export type Cut = z.output<typeof Cut>

/** What must be known about one stream before it can be read. */
const StreamMeta = z.object({
  first: Offset,
  first_lines: Offset,
  removed_size: Offset.optional(),
  base: Offset.default(0),
  segments: z.array(Segment).default([]),
  cut: Cut.optional(),
  moved_from: Offset.optional(),
}).transform(({ first, first_lines: firstLines, removed_size: removedSize, base, segments, cut, moved_from: movedFrom }): StreamMeta => {
  return { first, firstLines, removedSize, base, segments, cut, movedFrom }
})
export interface StreamMeta {
  /** Where the first kept line begins. */
  first: number
  /** Lines lost before it. */
  firstLines: number
  /** Size of the stream when it was removed as a whole. */
  removedSize: number | undefined
  /** The offset of the first byte of the file the process writes to. */
  base: number
  /** What was moved out of that file and is kept, oldest first; the last one ends at `base`. */
  segments: readonly Segment[]
  cut: Cut | undefined
  /** The base before a move that is not known to be complete: the file may still hold what the last segment has. */
  movedFrom: number | undefined
}

export const NOTHING_LOST: StreamMeta = {
  first: 0,
  firstLines: 0,
  removedSize: undefined,
  base: 0,
  segments: [],
  cut: undefined,
  movedFrom: undefined,
}

/** What must be known about the files of a run before they can be read; only written when one of them loses its head. */
const LogMeta = z.object({ generation: Offset, stdout: StreamMeta, stderr: StreamMeta })
export type LogMeta = z.output<typeof LogMeta>

export const LOG_META_FILE = 'log.json'

/** Reads what is on record in the run's directory; without a record nothing was lost. Throws `INTERNAL` for a broken one. */
export async function readLogMeta(dir: string): Promise<LogMeta> {
  const text = await readIfThere(join(dir, LOG_META_FILE))
  if (text === undefined) return { generation: 0, stdout: NOTHING_LOST, stderr: NOTHING_LOST }
  const { data, error } = LogMeta.safeParse(JSON.parse(text))
  if (data) return data
  throw failure('INTERNAL', { reason: `The record ${join(dir, LOG_META_FILE)} is broken: ${error.message}` })
}

/** Replaces the record as a whole, on the disk before it answers: a hole without it would read as NULs. */
export async function writeLogMeta(dir: string, { generation, stdout, stderr }: LogMeta): Promise<void> {
  const text = JSON.stringify({ generation, stdout: toFields(stdout), stderr: toFields(stderr) })
  await atomicWrite(join(dir, LOG_META_FILE), `${text}\n`, { sync: true })
}

function toFields({ first, firstLines, removedSize, base, segments, cut, movedFrom }: StreamMeta): z.input<typeof StreamMeta> {
  return { first, first_lines: firstLines, removed_size: removedSize, base, segments: [...segments], cut, moved_from: movedFrom }
}
