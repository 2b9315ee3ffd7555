import { STREAMS, type StreamName } from '#shared/schemas/logs'
import type { CheckpointView } from './checkpoint-view'
import type { Mark } from './cursor'
import type { LogFile } from './log-file'

export type Marks = Record<StreamName, Mark>
export type Offsets = Record<StreamName, number>

/** Before everything, and after everything. */
export const NONE: Offsets = { stdout: 0, stderr: 0 }
export const ALL: Offsets = { stdout: Number.MAX_SAFE_INTEGER, stderr: Number.MAX_SAFE_INTEGER }

/** Makes marks of offsets; what is before them in their blocks is not known. */
export function toMarks({ stdout, stderr }: Offsets): Marks {
  return { stdout: { offset: stdout, lines: undefined }, stderr: { offset: stderr, lines: undefined } }
}

/** A line and its place in the order of both streams. `other` is what of the other stream comes before it. */
export interface PlacedLine {
  stream: StreamName
  start: number
  end: number
  interval: number
  other: Mark
}

/** One run opened to read a page: the chosen streams, in the order of STREAMS, and the checkpoints. */
export interface OpenRun {
  files: readonly LogFile[]
  view: CheckpointView
}

interface Lane {
  file: LogFile
  /** Up to where the lane was consumed: the start of the next line, or the end of the next one backwards. */
  at: number
  end: number | undefined
  interval: number
}

/** Gives the lines of a run that end after given offsets and up to others, oldest first. */
export class ForwardMerge {
  readonly #run: OpenRun
  readonly #from: Marks
  readonly #to: Offsets
  #lanes: Lane[] | undefined

  constructor(run: OpenRun, from: Marks, to: Offsets = ALL) {
    this.#run = run
    this.#from = from
    this.#to = to
  }

  async next(): Promise<PlacedLine | undefined> {
    const lanes = await this.#open()
    const lane = pick(lanes, (one, best) => one.interval < best.interval)
    if (lane?.end === undefined) return undefined
    const { file, at: start, end, interval } = lane
    const other = await otherMark(this.#run, lanes, lane)
    await this.#move(lane, end)
    return { stream: file.name, start, end, interval, other }
  }

  /** Where the merge stands: after every line given, before every other one. */
  async position(): Promise<Marks> {
    const marks = { ...this.#from }
    for (const { file, at } of await this.#open()) marks[file.name] = { offset: at, lines: await file.linesInBlock(at) }
    return marks
  }

  async #open(): Promise<Lane[]> {
    if (this.#lanes) return this.#lanes
    const lanes: Lane[] = this.#run.files.map(file => ({ file, at: 0, end: undefined, interval: 0 }))
    for (const lane of lanes) await this.#move(lane, await lane.file.startAfter(this.#from[lane.file.name].offset))
    this.#lanes = lanes
    return lanes
  }

  async #move(lane: Lane, to: number): Promise<void> {
    lane.at = to
    const end = await lane.file.endOf(to)
    lane.end = end === undefined || end > this.#to[lane.file.name] ? undefined : end
    if (lane.end !== undefined) lane.interval = await this.#run.view.intervalOf(lane.file.name, lane.end, lane.interval)
  }
}

/** Gives the lines of a run that end up to given offsets, newest first. */
export class BackwardMerge {
  readonly #run: OpenRun
  readonly #to: Offsets
  #lanes: Lane[] | undefined

  constructor(run: OpenRun, to: Offsets) {
    this.#run = run
    this.#to = to
  }

  async next(): Promise<PlacedLine | undefined> {
    const lanes = await this.#open()
    const lane = pick(lanes, (one, best) => one.interval >= best.interval)
    if (lane?.end === undefined) return undefined
    const { file, end, interval } = lane
    const start = await file.startOf(end)
    const other = await otherMark(this.#run, lanes, lane)
    await this.#move(lane, start)
    return { stream: file.name, start, end, interval, other }
  }

  /** Where the merge stands: before every line given, after every other one. Streams not read stay where they were asked for. */
  async position(): Promise<Marks> {
    const marks: Marks = { stdout: { offset: this.#to.stdout, lines: undefined }, stderr: { offset: this.#to.stderr, lines: undefined } }
    for (const { file, at } of await this.#open()) marks[file.name] = { offset: at, lines: await file.linesInBlock(at) }
    return marks
  }

  async #open(): Promise<Lane[]> {
    if (this.#lanes) return this.#lanes
    const lanes: Lane[] = this.#run.files.map(file => ({ file, at: 0, end: undefined, interval: this.#run.view.count }))
    for (const lane of lanes) await this.#move(lane, this.#to[lane.file.name])
    this.#lanes = lanes
    return lanes
  }

  async #move(lane: Lane, limit: number): Promise<void> {
    lane.end = await lane.file.endBefore(limit)
    lane.at = lane.end ?? lane.file.first
    if (lane.end !== undefined) lane.interval = await this.#run.view.intervalOf(lane.file.name, lane.end, lane.interval)
  }
}

/** Gives the lane whose line comes next; lanes are in the order of STREAMS, which decides within an interval. */
function pick(lanes: readonly Lane[], isNext: (one: Lane, best: Lane) => boolean): Lane | undefined {
  let best: Lane | undefined
  for (const one of lanes) {
    if (one.end !== undefined && (!best || isNext(one, best))) best = one
  }
  return best
}

/** What of the other stream comes before a line: where that stream is read as well, the lane stands there. */
async function otherMark({ view }: OpenRun, lanes: readonly Lane[], lane: Lane): Promise<Mark> {
  const beside = lanes.find(one => one !== lane)
  if (beside) return { offset: beside.at, lines: await beside.file.linesInBlock(beside.at) }
  return await markBeside(view, lane.file.name, lane.interval)
}

/**
 * Tells from the checkpoints, without a look at a file, what of the other stream comes before a line of the stream `name` in an
 * interval: stdout comes first.
 */
export async function markBeside(view: CheckpointView, name: StreamName, interval: number): Promise<Mark> {
  const last = await view.at(name === 'stdout' ? interval - 1 : interval)
  const offset = last[STREAMS[name === 'stdout' ? 1 : 0]]
  // An unterminated last line of stdout ends one after the file and comes before that of stderr.
  return { offset: name === 'stderr' && interval >= view.count ? offset + 1 : offset, lines: undefined }
}
