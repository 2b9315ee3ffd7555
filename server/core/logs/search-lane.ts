import type { StreamName } from '#shared/schemas/logs'
import type { CheckpointView } from './checkpoint-view'
import { FileChunks } from './file-chunks'
import type { LogFile } from './log-file'
import type { Search } from './searcher'

export type Direction = 'forwards' | 'backwards'

export interface FoundLine { start: number, end: number }

export interface LaneOptions {
  file: LogFile
  view: CheckpointView
  search: Search
  direction: Direction
  /** Only lines that end after the one and up to the other offset. */
  from: number
  to: number
}

/** The lines of one stream that a search finds, in one direction. It goes on by a chunk at a time, when it is asked to. */
export class SearchLane {
  readonly name: StreamName
  /** The interval of the next line; while none is known, the nearest one in which it could lie. */
  interval: number
  isDone = false
  readonly #options: LaneOptions
  readonly #chunks: FileChunks
  /** What was found and not yet taken, the next one last. */
  #found: FoundLine[] = []
  #reached = 0
  #limit = 0

  private constructor(options: LaneOptions) {
    const { file, search, view, direction } = options
    this.#options = options
    this.name = file.name
    this.#chunks = new FileChunks(file, search)
    this.interval = direction === 'forwards' ? 0 : view.count
  }

  /** Opens the lane where the first line could be; nothing is searched yet. */
  static async open(options: LaneOptions): Promise<SearchLane> {
    const { file, direction, from, to } = options
    const lane = new SearchLane(options)
    const start = await file.startAfter(from)
    lane.#reached = direction === 'forwards' ? start : await file.endBefore(to) ?? file.first
    lane.#limit = direction === 'forwards' ? to : start
    await lane.#place()
    return lane
  }

  /** Up to where everything was searched: a place between two lines. */
  get reached(): number {
    return this.#reached
  }

  get hasNext(): boolean {
    return this.#found.length > 0
  }

  /** Searches the next chunk. */
  async advance(): Promise<void> {
    const { direction, search } = this.#options
    const isForwards = direction === 'forwards'
    const chunk = isForwards ? await this.#chunks.after(this.#reached, this.#limit) : await this.#chunks.before(this.#reached, this.#limit)
    this.isDone = !chunk
    if (!chunk) return
    const { at, end, isLine } = chunk
    const found = await search.find(chunk)
    this.#reached = isForwards ? end : at
    this.#found = isLine && found.length > 0 ? [{ start: at, end }] : toLines(found, at)
    if (isForwards) this.#found.reverse()
    await this.#place()
  }

  /** Takes the next line. */
  async take(): Promise<FoundLine | undefined> {
    const line = this.#found.pop()
    await this.#place()
    return line
  }

  async #place(): Promise<void> {
    const { view, direction } = this.#options
    const nearest = direction === 'forwards' ? this.#reached + 1 : this.#reached
    this.interval = await view.intervalOf(this.name, this.#found.at(-1)?.end ?? nearest, this.interval)
  }
}

function toLines(found: Float64Array, at: number): FoundLine[] {
  const place = (index: number) => at + (found[index] ?? 0)
  return Array.from({ length: found.length / 2 }, (_, line) => ({ start: place(line * 2), end: place(line * 2 + 1) }))
}
