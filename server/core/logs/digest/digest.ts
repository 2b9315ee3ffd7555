import { STREAMS } from '#shared/schemas/logs'
import type { DigestPlace, LogDigest, UnreadOutput } from '#shared/schemas/digest'
import { formatCursor } from '../cursor'
import type { RunLog } from '../run-log'
import { comparePlaces, type ErrorGroups } from './error-groups'
import type { IndexFile, Place, ReadRun } from './index-file'
import { cursorOf } from './place'

/** What a digest is made of. */
export interface DigestParts {
  index: Readonly<IndexFile>
  groups: ErrorGroups
  runs: readonly RunLog[]
  incarnation: string
}

/** Makes the digest of a log from what its index knows. */
export function toDigest({ index, groups, runs, incarnation }: DigestParts): LogDigest {
  const newest = runs.at(-1)?.run
  const place = (known: Place): DigestPlace => ({
    cursor: formatCursor(incarnation, cursorOf(known)),
    at: new Date(known.time).toISOString(),
    run: known.run,
    stream: known.stream,
    text: known.text,
  })
  return {
    groups: groups.all.sort((a, b) => comparePlaces(a.last, b.last)).map(({ level, rank, count, first, last, frames, foreign }) => ({
      level, rank, count, first: place(first), last: place(last), frames, foreign_frames: foreign, in_newest_run: last.run === newest,
    })),
    forgotten_groups: groups.forgotten,
    unread: runs.flatMap(run => unreadOf(run, index.runs.find(one => one.run === run.run))),
    newest_run: newest,
    lines: index.runs.reduce((sum, run) => sum + run.stdout.lines + run.stderr.lines, 0),
  }
}

function unreadOf(run: RunLog, read: ReadRun | undefined): UnreadOutput[] {
  const sum = (count: (name: (typeof STREAMS)[number]) => number) => STREAMS.reduce((total, name) => total + count(name), 0)
  const behind = read?.isDone ? 0 : sum(name => behindOf(run, name, read))
  const taken = sum(name => read?.[name].takenBytes ?? 0)
  const takenLines = sum(name => read?.[name].takenLines ?? 0)
  return [
    ...(taken > 0 ? [{ run: run.run, kind: 'taken' as const, bytes: taken, ...(takenLines > 0 && { lines: takenLines }) }] : []),
    ...(behind > 0 ? [{ run: run.run, kind: 'behind' as const, bytes: behind }] : []),
  ]
}

/** A line that is still being written is not behind. */
const PARTIAL_BYTES = 64 * 1024

function behindOf(run: RunLog, name: (typeof STREAMS)[number], read: ReadRun | undefined): number {
  const { size, first } = run.streams[name]
  const left = size - Math.max(first, read?.[name].read ?? 0)
  return left <= PARTIAL_BYTES && !run.isEnded ? 0 : Math.max(0, left)
}
