import { setImmediate as nextTurn } from 'node:timers/promises'
import type { LogLine, LogPage } from '#shared/schemas/logs'
import { START, type Cursor } from './cursor'
import { levelOf } from './level'
import type { Marks, OpenRun, PlacedLine } from './merge'
import type { RunLog } from './run-log'

/** What the text of one answer may take: the limit on lines alone would allow hundreds of megabytes. */
export const PAGE_BYTES = 16 * 1024 * 1024

/** How long lines are made into text without a turn for others. */
const TURN_MS = 5

type Format = (cursor: Cursor) => string

/** A line of a page with its place; without one it is the unterminated last line. */
export interface DraftLine { run: RunLog, line: PlacedLine | undefined, shown: LogLine }

export interface DraftOptions {
  lines: number
  format: Format
  /** Not every line is wanted: where the page was read to its end, `next` stands at that end and not at the last line. */
  isSelective: boolean
  bytes?: number
}

/** A page in the making, filled from either end. */
export class PageDraft {
  dropped = 0
  /** Where `since` goes on when everything up to there was read. */
  position: Cursor | undefined
  /** Everything up to `position` was read. */
  isRead = false
  partial: DraftLine | undefined
  lines: DraftLine[] = []
  readonly #options: DraftOptions
  #bytes = 0
  #time = { value: Number.NaN, text: '' }
  #turnFrom = performance.now()

  constructor(options: DraftOptions) {
    this.#options = options
  }

  get isFull(): boolean {
    return this.lines.length + (this.partial ? 1 : 0) >= this.#options.lines || this.leftBytes <= 0
  }

  get leftBytes(): number {
    return (this.#options.bytes ?? PAGE_BYTES) - this.#bytes
  }

  /** Adds a line with its text. */
  async add(run: RunLog, opened: OpenRun, line: PlacedLine): Promise<void> {
    this.lines.push({ run, line, shown: await this.show(run, opened, line) })
  }

  /** Reads what is shown of a line; its text counts for the page. */
  async show(run: RunLog, { files, view }: OpenRun, line: PlacedLine): Promise<LogLine> {
    if (performance.now() - this.#turnFrom > TURN_MS) await this.#pause()
    const file = files.find(({ name }) => name === line.stream)
    const text = await file?.text(line.start, line.end) ?? ''
    const lines = await file?.linesInBlock(line.end) ?? 0
    const { time } = await view.at(line.interval)
    const level = levelOf(text, line.stream)
    this.#bytes += text.length
    return {
      cursor: this.#options.format(toCursor(run, line, lines)),
      at: this.#toTimestamp(time),
      stream: line.stream,
      run: run.run,
      text,
      ...(level && { level }),
    }
  }

  /** Finishes a page that was filled from its end. */
  reverse(): void {
    this.lines.reverse()
  }

  /** Goes on with a page that begins where this one ends. */
  append(later: PageDraft): void {
    this.lines.push(...later.lines)
    this.dropped = later.dropped
    this.position = later.position
    this.isRead = later.isRead
    this.partial = later.partial
  }

  /** Makes the page; `since` is where its reader stood, if anywhere. Before the first run the first cursor is that place. */
  toPage(firstCursor: string | undefined, since: string | undefined): LogPage {
    const lines = (this.partial ? [...this.lines, this.partial] : this.lines).map(({ shown }) => shown)
    const next = this.#next(since)
    const page = { lines: lines.map(neverBackwards()), next, dropped: this.dropped, first_cursor: firstCursor ?? next }
    return this.partial ? { ...page, partial: true } : page
  }

  #next(since: string | undefined): string {
    if (this.#options.isSelective && this.isRead) return this.#position()
    const last = this.lines.findLast(({ shown }) => !shown.context)
    return last?.shown.cursor ?? (this.dropped === 0 ? since : undefined) ?? this.#position()
  }

  /** Neighbours mostly share their time, and writing it out is what costs most in a page. */
  #toTimestamp(time: number): string {
    if (time !== this.#time.value) this.#time = { value: time, text: new Date(time).toISOString() }
    return this.#time.text
  }

  #position(): string {
    return this.#options.format(this.position ?? { run: 0, generation: 0, stdout: START, stderr: START, own: undefined })
  }

  async #pause(): Promise<void> {
    await nextTurn()
    this.#turnFrom = performance.now()
  }
}

/** Makes the cursor of a mere position in a run. */
export function positionIn(run: RunLog, { stdout, stderr }: Marks): Cursor {
  return { run: run.run, generation: run.generation, stdout, stderr, own: undefined }
}

/** Makes the cursor of a line with the newlines before its end. */
export function toCursor(run: RunLog, { stream, end, other }: PlacedLine, lines: number): Cursor {
  const own = { offset: end, lines }
  const marks = stream === 'stdout' ? { stdout: own, stderr: other } : { stdout: other, stderr: own }
  return { run: run.run, generation: run.generation, ...marks, own: stream }
}

/** The clock of the machine may be set back between two runs; the times of a page are not. */
function neverBackwards() {
  let last = ''
  return (line: LogLine): LogLine => {
    last = line.at > last ? line.at : last
    return line.at === last ? line : { ...line, at: last }
  }
}
