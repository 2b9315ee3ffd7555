import type { LogLine } from '#shared/schemas/logs'
import type { Cursor } from './cursor'
import { BackwardMerge, ForwardMerge, toMarks, type Offsets, type OpenRun, type PlacedLine } from './merge'
import type { DraftLine, PageDraft } from './page-draft'
import { boundsBetween, withRun, type PageRequest } from './page'
import type { Bounds } from './range'
import type { RunLog } from './run-log'
import { SearchMerge } from './search-merge'

/** What a page may hold with its context. */
const MAX_LINES = 50_000

export interface ContextOptions {
  request: PageRequest
  /** Lines on either side. */
  context: number
  since: Cursor | undefined
  before: Cursor | undefined
}

/**
 * Adds to a page of matches the lines beside them, each once: of the same run and streams, between the cursors and in the times
 * that were asked for. None are added once the page holds 50,000 lines or 16 MiB.
 */
export async function addContext(draft: PageDraft, options: ContextOptions): Promise<void> {
  const matches = draft.partial ? [...draft.lines, draft.partial] : draft.lines
  const all: DraftLine[] = []
  for (const group of byRun(matches)) {
    const [first] = group
    if (!first) continue
    await withRun(first.run, options.request.names, async (opened) => {
      const bounds = await boundsBetween({ run: first.run, opened, request: options.request }, options.since, options.before)
      const part = new ContextPart({ draft, opened, run: first.run, bounds, options })
      await part.fill(group, MAX_LINES - all.length)
      all.push(...part.lines)
    })
  }
  draft.lines = draft.partial ? all.slice(0, -1) : all
}

interface PartOptions { draft: PageDraft, opened: OpenRun, run: RunLog, bounds: Bounds, options: ContextOptions }

/** The matches of one run with their context. */
class ContextPart {
  readonly lines: DraftLine[] = []
  readonly #part: PartOptions
  /** After the last line given. */
  #given: Offsets

  constructor(part: PartOptions) {
    this.#part = part
    this.#given = part.bounds.from
  }

  async fill(matches: readonly DraftLine[], most: number): Promise<void> {
    for (const [index, match] of matches.entries()) {
      const hasRoom = this.lines.length < most && this.#part.draft.leftBytes > 0
      if (hasRoom) await this.#lead(match, index === 0)
      this.lines.push(match)
      if (match.line) this.#given = after(match.line)
      const next = matches[index + 1]
      if (hasRoom && match.line) await this.#trail(match.line, next?.line, index === matches.length - 1)
    }
  }

  /** The lines before a match that were not given. */
  async #lead({ line }: DraftLine, isFirst: boolean): Promise<void> {
    const { opened, bounds, options } = this.#part
    const merge = new BackwardMerge(opened, line ? until(line) : bounds.to)
    const lead: PlacedLine[] = []
    while (lead.length < options.context) {
      const one = await merge.next()
      if (!one || one.end <= this.#given[one.stream]) break
      lead.unshift(one)
    }
    const [oldest] = lead
    const unlisted = isFirst && oldest ? await this.#lastMatch(oldest, line ? until(line) : bounds.to) : undefined
    await this.#give(unlisted ? lead.slice(lead.findIndex(one => isSame(one, unlisted)) + 1) : lead)
  }

  /** The lines after a match, up to the next one. */
  async #trail(match: PlacedLine, next: PlacedLine | undefined, isLast: boolean): Promise<void> {
    const { opened, bounds, options } = this.#part
    const merge = new ForwardMerge(opened, toMarks(after(match)), bounds.to)
    const trail: PlacedLine[] = []
    while (trail.length < options.context) {
      const one = await merge.next()
      if (!one || (next && isSame(one, next))) break
      trail.push(one)
    }
    const newest = trail.at(-1)
    const unlisted = isLast && newest ? await this.#firstMatch(match, newest) : undefined
    await this.#give(unlisted ? trail.slice(0, trail.findIndex(one => isSame(one, unlisted))) : trail)
  }

  /** Beyond the ends of a page lie matches of other pages: they are no context. */
  async #firstMatch(match: PlacedLine, newest: PlacedLine): Promise<PlacedLine | undefined> {
    const { opened, options: { request: { search } } } = this.#part
    return search && await new SearchMerge(opened, search, { direction: 'forwards', from: toMarks(after(match)), to: after(newest) }).next()
  }

  async #lastMatch(oldest: PlacedLine, to: Offsets): Promise<PlacedLine | undefined> {
    const { opened, options: { request: { search } } } = this.#part
    return search && await new SearchMerge(opened, search, { direction: 'backwards', from: toMarks(until(oldest)), to }).next()
  }

  async #give(lines: readonly PlacedLine[]): Promise<void> {
    const { draft, run, opened } = this.#part
    for (const line of lines) {
      const shown: LogLine = { ...await draft.show(run, opened, line), context: true }
      this.lines.push({ run, line, shown })
      this.#given = after(line)
    }
  }
}

function byRun(matches: readonly DraftLine[]): DraftLine[][] {
  const groups: DraftLine[][] = []
  for (const match of matches) {
    const last = groups.at(-1)
    if (last?.[0]?.run === match.run) last.push(match)
    else groups.push([match])
  }
  return groups
}

const isSame = (one: PlacedLine, other: PlacedLine) => one.stream === other.stream && one.end === other.end

/** The place after a line, and the one before it. */
const after = ({ stream, end, other }: PlacedLine): Offsets => place(stream, end, other.offset)
const until = ({ stream, end, other }: PlacedLine): Offsets => place(stream, end - 1, other.offset)
const place = (stream: 'stdout' | 'stderr', own: number, other: number): Offsets => {
  return stream === 'stdout' ? { stdout: own, stderr: other } : { stdout: other, stderr: own }
}
