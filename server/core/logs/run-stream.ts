import { join } from 'node:path'
import type { StreamName } from '#shared/schemas/logs'
import { LineCounts } from './line-counts'
import type { StreamState } from './log-file'
import { NOTHING_LOST, type StreamMeta } from './log-meta'
import type { Probe } from './probe'

/** A stream of a run with what became of its files. */
export interface RunStream extends StreamState, StreamMeta {
  readonly counts: LineCounts
  probe: Probe | undefined
  /** The time of the last change when the file was looked at last. */
  mtimeMs: number | undefined
}

/** Makes the stream `name` of the run in `dir`, as it is before anything is known. */
export function newStream(dir: string, name: StreamName): RunStream {
  return {
    ...NOTHING_LOST,
    name,
    path: join(dir, `${name}.log`),
    counts: new LineCounts(join(dir, `${name}.lines`)),
    size: 0,
    gap: { from: 0, to: 0 },
    isMoving: false,
    probe: undefined,
    mtimeMs: undefined,
  }
}

/** Gives of a stream what goes on record. */
export function metaOf({ first, firstLines, removedSize, base, segments, cut, movedFrom }: RunStream): StreamMeta {
  return { first, firstLines, removedSize, base, segments, cut, movedFrom }
}
