import { FileChunks } from './file-chunks'
import type { LogFile } from './log-file'
import type { OpenRun } from './merge'
import { levelOf } from './level'
import type { DraftLine } from './page-draft'
import type { Times } from './range'
import type { RunLog } from './run-log'
import type { Search } from './searcher'

export interface PartialOptions { times: Times, search: Search | undefined, cursor: string }

/** Reads the unterminated last line of a live run, if it is wanted: of two, the one that grew last. */
export async function readPartial(run: RunLog, opened: OpenRun, { times, search, cursor }: PartialOptions): Promise<DraftLine | undefined> {
  const newest = await findPartial(opened)
  if (!newest) return undefined
  const { file, start, time } = newest
  const isInTime = time >= (times.from ?? time) && time <= (times.to ?? time)
  const end = file.size + 1
  if (!isInTime || (search && !await isFound(file, start, search))) return undefined
  const text = await file.text(start, end)
  const level = levelOf(text, file.name)
  const shown = { cursor, at: new Date(time).toISOString(), stream: file.name, run: run.run, text, ...(level && { level }) }
  return { run, line: undefined, shown }
}

async function findPartial({ files, view }: OpenRun): Promise<{ file: LogFile, start: number, time: number } | undefined> {
  let newest: { file: LogFile, start: number, interval: number } | undefined
  for (const file of files) {
    const start = await file.startOf(file.size + 1)
    if (file.isEnded || start >= file.size) continue
    const interval = await view.intervalOf(file.name, file.size, view.count)
    if (interval >= (newest?.interval ?? 0)) newest = { file, start, interval }
  }
  return newest && { ...newest, time: (await view.at(newest.interval)).time }
}

async function isFound(file: LogFile, start: number, search: Search): Promise<boolean> {
  const chunk = await new FileChunks(file, search).line(start, file.size + 1)
  return (await search.find(chunk)).length > 0
}
