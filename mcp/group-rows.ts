import type { ErrorGroup } from '#shared/schemas/digest'
import { shorten, toRow } from './output-rows'

interface Shape {
  newestRun: number | undefined
  /** Own frames, at most. */
  frames: number
  /** Only what is needed to find it. */
  isBrief?: boolean
}

const FRAME_CHARS = 200

/** Says of one group how often, in which runs and where it stands; its text and frames behind their mark. */
export function groupRows(group: ErrorGroup, { newestRun, frames: most, isBrief = false }: Shape): string[] {
  const { count, last, frames } = group
  const shown = frames.slice(0, most)
  const more = most === 0 ? [] : moreFrames(frames.length - shown.length, group.foreign_frames)
  const place = `around=${last.cursor}`
  return [
    isBrief ? `x${count} run ${last.run} ${place}` : `x${count} ${runsOf(group)}${stillOf(group, newestRun)}, last ${last.at.slice(0, 19)}Z ${place}`,
    toRow(last),
    ...shown.map(text => shorten(toRow({ stream: last.stream, text }), FRAME_CHARS)),
    ...(isBrief ? [] : more),
  ]
}

function runsOf({ first, last }: ErrorGroup): string {
  return first.run === last.run ? `run ${last.run}` : `runs ${first.run}-${last.run}`
}

function stillOf({ first, last, in_newest_run: isInNewest }: ErrorGroup, newestRun: number | undefined): string {
  if (newestRun === undefined || newestRun === 1) return ''
  if (!isInNewest) return `, not since run ${last.run}`
  return first.run === last.run ? ', new in the newest run' : ', still in the newest run'
}

function moreFrames(own: number, library: number): string[] {
  const parts = [...(own > 0 ? [`+${own} own`] : []), ...(library > 0 ? [`+${library} library`] : [])]
  return parts.length > 0 ? [`   (${parts.join(', ')} frames)`] : []
}
