import type { Mark } from './cursor'
import { markBeside, type Marks, type Offsets, type OpenRun, type PlacedLine } from './merge'
import { SearchLane, type Direction } from './search-lane'
import type { Search } from './searcher'

export interface SearchRange {
  direction: Direction
  /** Only lines that end after the one and up to the other place. */
  from: Marks
  to: Offsets
}

/**
 * Gives the lines of a run that a search finds, oldest or newest first. A stream is searched only as far as it must be
 * to know the next line of both.
 */
export class SearchMerge {
  readonly #run: OpenRun
  readonly #search: Search
  readonly #range: SearchRange
  #lanes: SearchLane[] | undefined

  constructor(run: OpenRun, search: Search, range: SearchRange) {
    this.#run = run
    this.#search = search
    this.#range = range
  }

  async next(): Promise<PlacedLine | undefined> {
    const lanes = await this.#open()
    for (;;) {
      const lane = this.#pick(lanes)
      if (!lane) return undefined
      const { name: stream, interval } = lane
      if (!lane.hasNext) await lane.advance()
      else {
        const line = await lane.take()
        return line && { ...line, stream, interval, other: await this.#other(lane, interval) }
      }
    }
  }

  /** Where a search forwards stands: after every line looked at, before every other one. Streams not read stay where they were. */
  async position(): Promise<Marks> {
    const marks = { ...this.#range.from }
    for (const { name, reached } of await this.#open()) marks[name] = await this.#mark(name, reached)
    return marks
  }

  async #open(): Promise<SearchLane[]> {
    if (this.#lanes) return this.#lanes
    const { direction, from, to } = this.#range
    const { files, view } = this.#run
    const lanes: SearchLane[] = []
    for (const file of files) {
      lanes.push(await SearchLane.open({ file, view, search: this.#search, direction, from: from[file.name].offset, to: to[file.name] }))
    }
    this.#lanes = lanes
    return lanes
  }

  /** The lane in which the next line could be; lanes are in the order of STREAMS, which decides within an interval. */
  #pick(lanes: readonly SearchLane[]): SearchLane | undefined {
    const isForwards = this.#range.direction === 'forwards'
    let best: SearchLane | undefined
    for (const lane of lanes) {
      if (lane.isDone) continue
      if (!best || (isForwards ? lane.interval < best.interval : lane.interval >= best.interval)) best = lane
    }
    return best
  }

  /** What of the other stream comes before a line: the lanes stand at lines that were found, so the checkpoints tell it. */
  async #other(lane: SearchLane, interval: number): Promise<Mark> {
    const mark = await markBeside(this.#run.view, lane.name, interval)
    const beside = this.#run.files.find(({ name }) => name !== lane.name)
    // A checkpoint may stand within a line; a cursor is the same whichever way its line was found.
    return beside ? await this.#mark(beside.name, await beside.endBefore(mark.offset) ?? beside.first) : mark
  }

  async #mark(name: 'stdout' | 'stderr', offset: number): Promise<Mark> {
    const file = this.#run.files.find(one => one.name === name)
    return { offset, lines: file && offset <= file.size + 1 ? await file.linesInBlock(offset) : undefined }
  }
}
