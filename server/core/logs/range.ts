import type { CheckpointView } from './checkpoint-view'
import { ALL, NONE, type Marks, type Offsets, type OpenRun } from './merge'

/** Times in milliseconds since 1970, both included. */
export interface Times { from?: number | undefined, to?: number | undefined }

/** The lines of a run that end after the one and up to the other place. */
export interface Bounds { from: Offsets, to: Offsets }

export const WHOLE: Bounds = { from: NONE, to: ALL }

/** Finds where the lines of a run with such times begin and end, by halving its checkpoints. */
export async function boundsOf({ files, view }: OpenRun, { from, to }: Times): Promise<Bounds> {
  if (view.count === 0) return WHOLE
  const first = from === undefined ? 0 : await firstAt(view, from)
  const behind = to === undefined ? view.count : await firstAt(view, to + 1)
  const lower = await view.at(first - 1)
  // A line that no checkpoint reaches has the time of the last one: only the unterminated one of an ended run, one after it.
  const beyond = first === view.count && files.some(file => file.isEnded) ? 1 : 0
  const upper = behind === view.count ? ALL : await view.at(behind - 1)
  return { from: { stdout: lower.stdout + beyond, stderr: lower.stderr + beyond }, to: upper }
}

/** The later of two places in a run, each of which everything before it precedes. */
export function later(marks: Marks, { stdout, stderr }: Offsets): Marks {
  return {
    stdout: stdout > marks.stdout.offset ? { offset: stdout, lines: undefined } : marks.stdout,
    stderr: stderr > marks.stderr.offset ? { offset: stderr, lines: undefined } : marks.stderr,
  }
}

/** The earlier of two places in a run. */
export function earlier(one: Offsets, other: Offsets): Offsets {
  return { stdout: Math.min(one.stdout, other.stdout), stderr: Math.min(one.stderr, other.stderr) }
}

/** The first checkpoint that is not before `time`; their number when all are. */
async function firstAt(view: CheckpointView, time: number): Promise<number> {
  let low = 0
  let high = view.count
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((await view.at(middle)).time >= time) high = middle
    else low = middle + 1
  }
  return low
}
