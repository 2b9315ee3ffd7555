import type { LogLine, StreamName } from '#shared/schemas/logs'
import type { Cursor } from './cursor'
import { countLost, FROM_START } from './lost'
import { BackwardMerge, ForwardMerge, type Marks, type OpenRun } from './merge'
import { PageDraft, positionIn, toCursor } from './page-draft'
import { closeRun, type RunLog } from './run-log'

/** What to read: the runs in question, oldest first, and the streams, in the order of STREAMS. */
export interface PageRequest {
  runs: readonly RunLog[]
  names: readonly StreamName[]
  lines: number
  format: (cursor: Cursor) => string
}

type Offsets = Record<StreamName, number>
const ALL: Offsets = { stdout: Number.MAX_SAFE_INTEGER, stderr: Number.MAX_SAFE_INTEGER }
const NONE: Offsets = { stdout: 0, stderr: 0 }

/** Reads the first lines after `since`, on through later runs, and counts what was lost on the way. */
export async function readAfter(request: PageRequest, since: Cursor): Promise<PageDraft> {
  const draft = new PageDraft(request.lines, request.format)
  draft.position = since
  for (const run of request.runs.filter(one => one.run >= since.run)) {
    const from = run.run === since.run ? since : FROM_START
    draft.dropped += await countLost(run, request.names, from)
    await withRun(run, request.names, async (opened) => {
      const merge = new ForwardMerge(opened, from)
      for (let line = await merge.next(); line; line = await merge.next()) {
        await draft.add(run, opened, line)
        if (draft.isFull) return
      }
      const position = positionIn(run, await merge.position())
      draft.position = position
      draft.partial = await readPartial(run, opened, request.format(position))
    })
    if (draft.isFull) break
  }
  return draft
}

/** Reads the last lines before `before`, or the newest without it, back through earlier runs as far as `since`. */
export async function readBefore(request: PageRequest, before: Cursor | undefined, since: Cursor | undefined): Promise<PageDraft> {
  const draft = new PageDraft(request.lines, request.format)
  if (before) draft.position = { ...before, ...limits(before), own: undefined }
  const runs = request.runs.filter(({ run }) => run <= (before?.run ?? run) && run >= (since?.run ?? 0)).reverse()
  for (const [at, run] of runs.entries()) {
    await withRun(run, request.names, async (opened) => {
      const merge = new BackwardMerge(opened, run.run === before?.run ? toOffsets(limits(before)) : ALL)
      if (at === 0) await draftEnd(draft, { run, opened, merge, isNewest: before === undefined, request })
      const floor = run.run === since?.run ? toOffsets(since) : NONE
      while (!draft.isFull) {
        const line = await merge.next()
        if (!line || line.end <= floor[line.stream]) return
        await draft.add(run, opened, line)
      }
    })
    if (draft.isFull) break
  }
  draft.reverse()
  if (since) draft.dropped = await lostBetween(request, since, before)
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

interface End { run: RunLog, opened: OpenRun, merge: BackwardMerge, isNewest: boolean, request: PageRequest }

/** Notes where a page that is read backwards ends: `next` stands there when it has no complete line. */
async function draftEnd(draft: PageDraft, { run, opened, merge, isNewest, request }: End): Promise<void> {
  const position = await merge.position()
  const known: Marks = { stdout: atMost(position, 'stdout', run), stderr: atMost(position, 'stderr', run) }
  draft.position = positionIn(run, known)
  if (isNewest) draft.partial = await readPartial(run, opened, request.format(draft.position))
}

function atMost(position: Marks, name: StreamName, run: RunLog) {
  const { size } = run.streams[name]
  return position[name].offset <= size + 1 ? position[name] : { offset: run.isEnded ? size + 1 : size, lines: undefined }
}

/** Reads the unterminated last line of a live run: of two, the one that grew last. */
async function readPartial(run: RunLog, { files, view }: OpenRun, cursor: string): Promise<LogLine | undefined> {
  let newest: LogLine | undefined
  let newestInterval = -1
  for (const file of files) {
    const start = await file.startOf(file.size + 1)
    if (file.isEnded || start >= file.size) continue
    const interval = await view.intervalOf(file.name, file.size, view.count)
    if (interval < newestInterval) continue
    newestInterval = interval
    const at = new Date((await view.at(interval)).time).toISOString()
    newest = { cursor, at, stream: file.name, run: run.run, text: await file.text(start, file.size + 1) }
  }
  return newest
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

const toOffsets = ({ stdout, stderr }: Marks): Offsets => ({ stdout: stdout.offset, stderr: stderr.offset })

async function withRun<T>(run: RunLog, names: readonly StreamName[], read: (opened: OpenRun) => Promise<T>): Promise<T> {
  const opened = await run.open(names)
  try {
    return await read(opened)
  }
  finally {
    await closeRun(opened)
  }
}
