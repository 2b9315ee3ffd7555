import type { LogLine, LogPage, MergedLogLine, MergedLogPage } from '#shared/schemas/logs'
import { behind, joinCursors, placesOf, type NamedLogs, type Places } from './merged-cursor'
import { PAGE_BYTES } from './page-draft'
import type { PageQuery } from './process-logs'

/** What was read of one log: its page, and the lines of it that are taken. */
interface Part extends NamedLogs {
  query: PageQuery
  page: LogPage
  partial: LogLine | undefined
  lines: readonly LogLine[]
}

interface Entry { part: number, line: LogLine }

type Direction = 'forwards' | 'backwards'

/**
 * Reads a page of several logs, merged in time order; of what has the same time, lower ids come first. `lines` counts over all
 * of them, context is that of each log. The page's own cursors are joined ones.
 * Throws what `ProcessLogs.page` throws.
 */
export async function readMerged(logs: readonly NamedLogs[], query: PageQuery): Promise<MergedLogPage> {
  const { since, before, around, ...rest } = query
  const all = [...logs].sort((a, b) => a.id < b.id ? -1 : 1)
  const places = async (text: string | undefined, field: 'since' | 'before' | 'around') => text === undefined ? undefined : await placesOf(all, text, field)
  const middle = await places(around, 'around')
  if (middle) return await readMergedAround(all, rest, middle)
  return await readPart(all, rest, { since: await places(since, 'since'), before: await places(before, 'before') })
}

async function readMergedAround(all: readonly NamedLogs[], query: PageQuery, middle: Places): Promise<MergedLogPage> {
  const half = Math.ceil(query.lines / 2)
  const earlier = await readPart(all, { ...query, lines: half }, { since: undefined, before: behind(middle) })
  if (half === query.lines) return earlier
  const later = await readPart(all, { ...query, lines: query.lines - half }, { since: middle, before: undefined })
  return { ...later, lines: [...earlier.lines, ...later.lines] }
}

interface Limits { since: Places | undefined, before: Places | undefined }

async function readPart(all: readonly NamedLogs[], query: PageQuery, { since, before }: Limits): Promise<MergedLogPage> {
  const direction = since && !before ? 'forwards' : 'backwards'
  const parts: Part[] = []
  let entries: Entry[] = []
  // One log after the other, so that never more than two pages are held.
  for (const named of all) {
    const part = await firstLook(named, { ...query, since: since?.get(named.id), before: before?.get(named.id) })
    entries = cut(merge(entries, part.lines.map(line => ({ part: parts.length, line }))), query.lines, direction)
    parts.push(part)
  }
  const partial = choosePartial(parts, direction === 'backwards' || entries.length < query.lines)
  if (partial && entries.length === query.lines) entries = entries.slice(1)
  const taken = parts.map(() => 0)
  for (const { part } of entries) taken[part] = (taken[part] ?? 0) + 1
  return await finish(parts, { taken, direction, partial, context: query.context ?? 0 })
}

/** Context is read when it is known which matches are taken. */
async function firstLook({ id, logs }: NamedLogs, query: PageQuery): Promise<Part> {
  const page = await logs.page({ ...query, context: 0 })
  const partial = page.partial ? page.lines.at(-1) : undefined
  return { id, logs, query, page: { ...page, lines: [] }, partial, lines: partial ? page.lines.slice(0, -1) : page.lines }
}

interface Choice { taken: readonly number[], direction: Direction, partial: MergedLogLine | undefined, context: number }

async function finish(parts: readonly Part[], { taken, direction, partial, context }: Choice): Promise<MergedLogPage> {
  let entries: Entry[] = []
  const pages: LogPage[] = []
  for (const [at, part] of parts.entries()) {
    const page = await secondLook(part, { count: taken[at] ?? 0, direction, context })
    entries = merge(entries, page.lines.map(line => ({ part: at, line })))
    pages.push({ ...page, lines: [] })
  }
  const lines = entries.map(({ part, line }) => ({ ...line, id: parts[part]?.id ?? '' }))
  const last = lines.at(-1)?.at ?? ''
  return {
    lines: partial ? [...lines, last > partial.at ? { ...partial, at: last } : partial] : lines,
    next: joinCursors(pages.map(({ next }) => next)),
    dropped: pages.reduce((sum, { dropped }) => sum + dropped, 0),
    first_cursor: joinCursors(pages.map(({ first_cursor: first }) => first)),
    ...(partial && { partial: true }),
  }
}

interface Wanted { count: number, direction: Direction, context: number }

/** Gives the page of a log that holds exactly the lines that are taken, with their context. */
async function secondLook({ logs, query, page, lines }: Part, { count, direction, context }: Wanted): Promise<LogPage> {
  const { since, before } = query
  const isCut = count < lines.length
  if (direction === 'forwards' && isCut) {
    return count > 0 ? await logs.page({ ...query, lines: count }) : { ...page, next: since ?? page.next, dropped: 0 }
  }
  const kept = direction === 'forwards' ? lines : lines.slice(lines.length - count)
  if (context === 0 || count === 0) return { ...page, lines: [...kept] }
  // Backwards it stands at the end of what was read: what came since then is not in the page.
  const end = direction === 'forwards' ? before : before ?? page.next
  return { ...page, lines: (await logs.page({ ...query, lines: count, before: end })).lines }
}

/** Merges lists that are in time order; of lines of the same time those of `earlier` come first. */
function merge(earlier: readonly Entry[], later: readonly Entry[]): Entry[] {
  const merged: Entry[] = []
  let at = 0
  for (const entry of earlier) {
    for (let next = later[at]; next && next.line.at < entry.line.at; next = later[++at]) merged.push(next)
    merged.push(entry)
  }
  return [...merged, ...later.slice(at)]
}

/** Keeps the first or the last `lines` entries, fewer where their text would be too much for one answer. */
function cut(entries: readonly Entry[], lines: number, direction: Direction): Entry[] {
  const textOf = (index: number) => entries[direction === 'forwards' ? index : entries.length - 1 - index]?.line.text ?? ''
  const most = Math.min(lines, entries.length)
  let count = 0
  for (let bytes = 0; count < most && bytes < PAGE_BYTES; count++) bytes += textOf(count).length
  return direction === 'forwards' ? entries.slice(0, count) : entries.slice(entries.length - count)
}

/** Of several unterminated lines a page has room for one: the one that grew last. */
function choosePartial(parts: readonly Part[], hasRoom: boolean): MergedLogLine | undefined {
  let newest: MergedLogLine | undefined
  for (const { id, partial } of hasRoom ? parts : []) {
    if (partial && partial.at >= (newest?.at ?? '')) newest = { ...partial, id }
  }
  return newest
}
