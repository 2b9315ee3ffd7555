import type { LogLine, LogPage } from '#shared/schemas/logs'
import { START, type Cursor } from './cursor'
import type { Marks, OpenRun, PlacedLine } from './merge'
import type { RunLog } from './run-log'

/** What the text of one answer may take: the limit on lines alone would allow hundreds of megabytes. */
export const PAGE_BYTES = 16 * 1024 * 1024

type Format = (cursor: Cursor) => string

/** A page in the making, filled from either end. */
export class PageDraft {
  dropped = 0
  /** Where `since` goes on when no complete line was found. */
  position: Cursor | undefined
  partial: LogLine | undefined
  readonly #limit: number
  readonly #format: Format
  readonly #lines: LogLine[] = []
  #bytes = 0
  #time = { value: Number.NaN, text: '' }

  constructor(limit: number, format: Format) {
    this.#limit = limit
    this.#format = format
  }

  get isFull(): boolean {
    return this.#lines.length + (this.partial ? 1 : 0) >= this.#limit || this.#bytes >= PAGE_BYTES
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0
  }

  /** Adds a line with its text. */
  async add(run: RunLog, { files, view }: OpenRun, line: PlacedLine): Promise<void> {
    const file = files.find(({ name }) => name === line.stream)
    if (!file) return
    const text = await file.text(line.start, line.end)
    const lines = await file.linesInBlock(line.end)
    const { time } = await view.at(line.interval)
    this.#bytes += text.length
    this.#lines.push({
      cursor: this.#format(toCursor(run, line, lines)),
      at: this.#toTimestamp(time),
      stream: line.stream,
      run: run.run,
      text,
    })
  }

  /** Finishes a page that was filled from its end. */
  reverse(): void {
    this.#lines.reverse()
  }

  /** Makes the page; `since` is where its reader stood, if anywhere. Before the first run the first cursor is that place. */
  toPage(firstCursor: string | undefined, since: string | undefined): LogPage {
    const lines = this.partial ? [...this.#lines, this.partial] : this.#lines
    const next = this.#lines.at(-1)?.cursor ?? (this.dropped === 0 ? since : undefined) ?? this.#position()
    const page = { lines: lines.map(neverBackwards()), next, dropped: this.dropped, first_cursor: firstCursor ?? next }
    return this.partial ? { ...page, partial: true } : page
  }

  /** Neighbours mostly share their time, and writing it out is what costs most in a page. */
  #toTimestamp(time: number): string {
    if (time !== this.#time.value) this.#time = { value: time, text: new Date(time).toISOString() }
    return this.#time.text
  }

  #position(): string {
    return this.#format(this.position ?? { run: 0, generation: 0, stdout: START, stderr: START, own: undefined })
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
