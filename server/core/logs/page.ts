import type { StreamName } from '#shared/schemas/logs'
import type { Cursor } from './cursor'
import { countLost, FROM_START } from './lost'
import { ALL, BackwardMerge, ForwardMerge, toMarks, type Marks, type Offsets, type OpenRun } from './merge'
import { PageDraft, positionIn, toCursor } from './page-draft'
import { readPartial } from './partial'
import { boundsOf, earlier, later, type Bounds, type Times } from './range'
import { closeRun, type RunLog } from './run-log'
import { SearchMerge } from './search-merge'
import type { Search } from './searcher'

/** What to read: the runs in question, oldest first, the streams, in the order of STREAMS, and which lines of them. */
export interface PageRequest {
  runs: readonly RunLog[]
  names: readonly StreamName[]
  lines: number
  format: (cursor: Cursor) => string
  times: Times
  /** Absent where every line is wanted. */
  search: Search | undefined
  bytes?: number
}

/** Reads the first lines after `since`, on through later runs, and counts what was lost on the way. */
export async function readAfter(request: PageRequest, since: Cursor): Promise<PageDraft> {
  const draft = newDraft(request)
  draft.position = since
  draft.isRead = draft.isFull
  if (draft.isFull) return draft
  for (const run of request.runs.filter(one => one.run >= since.run)) {
    const from = run.run === since.run ? since : FROM_START
    draft.dropped += await countLost(run, request.names, from)
    await withRun(run, request.names, opened => addAfter(draft, { run, opened, from, request }))
    if (draft.isFull) break
  }
  draft.isRead = !draft.isFull
  return draft
}

interface Part { run: RunLog, opened: OpenRun, from: Marks, request: PageRequest }

async function addAfter(draft: PageDraft, { run, opened, from, request }: Part): Promise<void> {
  const bounds = await boundsOf(opened, request.times)
  const merge = mergeAfter(opened, request, { from: later(from, bounds.from), to: bounds.to })
  for (let line = await merge.next(); line; line = await merge.next()) {
    await draft.add(run, opened, line)
    if (draft.isFull) return
  }
  draft.position = positionIn(run, await merge.position())
  draft.partial = await readPartial(run, opened, { ...request, cursor: request.format(draft.position) })
}

/** Reads the last lines before `before`, or the newest without it, back through earlier runs as far as `since`. */
export async function readBefore(request: PageRequest, before: Cursor | undefined, since: Cursor | undefined): Promise<PageDraft> {
  const draft = newDraft(request)
  draft.isRead = true
  if (before) draft.position = { ...before, ...limits(before), own: undefined }
  const runs = request.runs.filter(({ run }) => run <= (before?.run ?? run) && run >= (since?.run ?? 0)).reverse()
  for (const [at, run] of runs.entries()) {
    await withRun(run, request.names, async (opened) => {
      const bounds = await boundsBetween({ run, opened, request }, since, before)
      if (at === 0) await draftEnd(draft, { run, opened, to: bounds.to, isNewest: before === undefined, request })
      await addBefore(draft, { run, opened, bounds, request })
    })
    if (draft.isFull) break
  }
  draft.reverse()
  if (since) draft.dropped = await lostBetween(request, since, before)
  return draft
}

async function addBefore(draft: PageDraft, { run, opened, bounds, request }: Omit<Part, 'from'> & { bounds: Bounds }): Promise<void> {
  const merge = mergeBefore(opened, request, bounds)
  while (!draft.isFull) {
    const line = await merge.next()
    if (!line || line.end <= bounds.from[line.stream]) return
    await draft.add(run, opened, line)
  }
}

/** Reads the lines around the one of a cursor: half of them up to and with it, the others after it. */
export async function readAround(request: PageRequest, around: Cursor): Promise<PageDraft> {
  const half = Math.ceil(request.lines / 2)
  const draft = await readBefore({ ...request, lines: half }, { ...around, own: undefined }, undefined)
  draft.append(await readAfter({ ...request, lines: request.lines - half, bytes: draft.leftBytes }, around))
  return draft
}

/** Where a log begins: at its oldest kept line, or at the place where that will stand. */
export interface First { cursor: string, isLine: boolean }

/** Finds the oldest kept line; undefined when there has been no run. */
export async function findFirst({ runs, names, format }: PageRequest): Promise<First | undefined> {
  let place: First | undefined
  for (const run of runs) {
    place = await withRun(run, names, async (opened) => {
      const merge = new ForwardMerge(opened, FROM_START)
      const line = await merge.next()
      const file = opened.files.find(({ name }) => name === line?.stream)
      return line && file
        ? { cursor: format(toCursor(run, line, await file.linesInBlock(line.end))), isLine: true }
        : { cursor: format(positionIn(run, await merge.position())), isLine: false }
    })
    if (place.isLine) return place
  }
  return place
}

/** Gives the part of a run that lies between two cursors and in the times asked for. */
export async function boundsBetween({ run, opened, request }: Omit<Part, 'from'>, since?: Cursor, before?: Cursor): Promise<Bounds> {
  const { from, to } = await boundsOf(opened, request.times)
  return {
    from: toOffsets(later(run.run === since?.run ? since : FROM_START, from)),
    to: earlier(to, run.run === before?.run ? toOffsets(limits(before)) : ALL),
  }
}

function mergeAfter(opened: OpenRun, { search }: PageRequest, { from, to }: { from: Marks, to: Offsets }): SearchMerge | ForwardMerge {
  return search ? new SearchMerge(opened, search, { direction: 'forwards', from, to }) : new ForwardMerge(opened, from, to)
}

function mergeBefore(opened: OpenRun, { search }: PageRequest, { from, to }: Bounds): SearchMerge | BackwardMerge {
  return search ? new SearchMerge(opened, search, { direction: 'backwards', from: toMarks(from), to }) : new BackwardMerge(opened, to)
}

interface End { run: RunLog, opened: OpenRun, to: Offsets, isNewest: boolean, request: PageRequest }

/** Notes where a page that is read backwards ends: `next` stands there when it has no complete line. */
async function draftEnd(draft: PageDraft, { run, opened, to, isNewest, request }: End): Promise<void> {
  const position = await new BackwardMerge(opened, to).position()
  draft.position = positionIn(run, { stdout: atMost(position, 'stdout', run), stderr: atMost(position, 'stderr', run) })
  if (isNewest) draft.partial = await readPartial(run, opened, { ...request, cursor: request.format(draft.position) })
}

function atMost(position: Marks, name: StreamName, run: RunLog) {
  const { size } = run.streams[name]
  return position[name].offset <= size + 1 ? position[name] : { offset: run.isEnded ? size + 1 : size, lines: undefined }
}

async function lostBetween({ runs, names }: PageRequest, since: Cursor, before: Cursor | undefined): Promise<number> {
  let lost = 0
  for (const run of runs.filter(one => one.run >= since.run && one.run <= (before?.run ?? one.run))) {
    lost += await countLost(run, names, run.run === since.run ? since : FROM_START)
    if (run.run === before?.run) lost -= await countLost(run, names, limits(before))
  }
  return Math.max(0, lost)
}

/** What ends before the line of a cursor: its own line ends exactly at its offset. */
function limits({ stdout, stderr, own }: Cursor): Marks {
  const back = (offset: number) => ({ offset: offset - 1, lines: undefined })
  return { stdout: own === 'stdout' ? back(stdout.offset) : stdout, stderr: own === 'stderr' ? back(stderr.offset) : stderr }
}

function newDraft({ lines, format, search, times, bytes }: PageRequest): PageDraft {
  const isSelective = search !== undefined || times.from !== undefined || times.to !== undefined
  return new PageDraft({ lines, format, isSelective, ...(bytes !== undefined && { bytes }) })
}

const toOffsets = ({ stdout, stderr }: Marks): Offsets => ({ stdout: stdout.offset, stderr: stderr.offset })

/** Opens a run for `read`, and closes it whatever comes. */
export async function withRun<T>(run: RunLog, names: readonly StreamName[], read: (opened: OpenRun) => Promise<T>): Promise<T> {
  const opened = await run.open(names)
  try {
    return await read(opened)
  }
  finally {
    await closeRun(opened)
  }
}
