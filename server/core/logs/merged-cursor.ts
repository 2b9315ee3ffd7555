import { incarnationOf, refuse, withoutLine, type CursorField } from './cursor'
import type { PageQuery, ProcessLogs } from './process-logs'

export interface NamedLogs { id: string, logs: ProcessLogs }

/** A place in each of several logs: a cursor by the id of the process. */
export type Places = ReadonlyMap<string, string>

const SEPARATOR = '~'
const MAX_PARTS = 100

/** Joins the cursors of several logs into one. It begins with a mark, so that one of a single log is not taken for that of a line. */
export function joinCursors(cursors: readonly string[]): string {
  return cursors.map(cursor => `${SEPARATOR}${cursor}`).join('')
}

/**
 * Gives the place in each log (in the order of their ids) that a cursor stands for. A joined one stands at the beginning of a log
 * that it does not name; what it says of others is passed over. The cursor of a line stands in the other logs by its time: after
 * all that came earlier, and of what has the same time, after that of lower ids.
 * Throws `VALIDATION_FAILED` for what is neither.
 */
export async function placesOf(all: readonly NamedLogs[], text: string, field: CursorField): Promise<Places> {
  return text.startsWith(SEPARATOR) ? await joinedPlaces(all, text, field) : await linePlaces(all, text, field)
}

/** Moves places that name a line behind it. */
export function behind(places: Places): Places {
  return new Map([...places].map(([id, cursor]) => [id, withoutLine(cursor)]))
}

async function joinedPlaces(all: readonly NamedLogs[], text: string, field: CursorField): Promise<Places> {
  const parts = text.slice(SEPARATOR.length).split(SEPARATOR, MAX_PARTS)
  const known = new Map(parts.map(part => [incarnationOf(part, field), part]))
  const places = new Map<string, string>()
  for (const { id, logs } of all) {
    const cursor = known.get(logs.incarnation)
    if (cursor !== undefined) await check(logs, cursor, field)
    places.set(id, cursor ?? await beginningOf(logs))
  }
  return places
}

async function linePlaces(all: readonly NamedLogs[], text: string, field: CursorField): Promise<Places> {
  const incarnation = incarnationOf(text, field)
  const own = all.findIndex(({ logs }) => logs.incarnation === incarnation)
  const owner = all[own]
  if (!owner) throw refuse(field, 'is a cursor of a process that is not among these')
  await check(owner.logs, text, field)
  const time = await timeAt(owner.logs, text)
  const places = new Map<string, string>()
  for (const [at, { id, logs }] of all.entries()) {
    places.set(id, at === own ? text : await placeAt(logs, at < own ? time : time - 1))
  }
  return places
}

/** A log refuses the cursor by the name of the field that it came in. */
async function check(logs: ProcessLogs, cursor: string, field: CursorField): Promise<void> {
  await logs.page({ ...ONE, [field]: cursor })
}

const ONE: PageQuery = { stream: 'both', lines: 1 }

async function beginningOf(logs: ProcessLogs): Promise<string> {
  const { first_cursor: before } = await logs.page(ONE)
  return (await logs.page({ ...ONE, before })).next
}

/** The time of the line of a cursor, or of the nearest one where that is gone. */
async function timeAt(logs: ProcessLogs, cursor: string): Promise<number> {
  const { lines: [own] } = await logs.page({ ...ONE, around: cursor })
  const { lines: [next] } = own ? { lines: [own] } : await logs.page({ ...ONE, since: cursor })
  return next ? Date.parse(next.at) : Date.now()
}

/** After everything up to a time, which is included. */
async function placeAt(logs: ProcessLogs, time: number): Promise<string> {
  return withoutLine((await logs.page({ ...ONE, to: new Date(time).toISOString() })).next)
}
