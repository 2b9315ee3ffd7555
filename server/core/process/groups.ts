import { type ErrorCode, failure, toVantageError } from '#shared/errors'
import { nearest } from '#shared/nearest'
import type { ProcessInfo } from '#shared/schemas/process-info'
import { stopOrder } from './dependencies'
import type { ManagedProcess } from './managed-process'

type Processes = ReadonlyMap<string, ManagedProcess>

/** The ids of a group, in order. Throws `PROCESS_NOT_FOUND`, naming the nearest groups, when nobody belongs to it. */
export function membersOf(processes: Processes, group: string): string[] {
  const ids = [...processes.values()].filter(({ definition }) => definition.group === group).map(({ id }) => id)
  if (ids.length > 0) return ids.sort()
  const groups = new Set([...processes.values()].flatMap(({ definition }) => definition.group ?? []))
  throw failure('PROCESS_NOT_FOUND', { group, nearest: nearest(group, [...groups]) })
}

/** Starts all of `ids`; what depends on another waits for it. One that runs already is left alone. */
export async function startAll(ids: readonly string[], start: (id: string) => Promise<ProcessInfo>): Promise<void> {
  await atOnce(ids, start, 'ALREADY_RUNNING')
}

/** Stops all of `ids`, each before what it depends on, and side by side where possible. One that does not run is left alone. */
export async function stopAll(processes: Processes, ids: readonly string[], stop: (id: string) => Promise<unknown>): Promise<void> {
  const definitions = new Map([...processes].map(([id, { definition }]) => [id, definition]))
  for (const level of stopOrder(ids, definitions)) await atOnce(level, stop, 'NOT_RUNNING')
}

/** What the host cannot do is the answer of the whole; what one process cannot do is told by its own state. */
const HOST_FAILURES: readonly ErrorCode[] = ['INTERNAL', 'STORAGE_FAILED', 'SHUTTING_DOWN']

async function atOnce(ids: readonly string[], act: (id: string) => Promise<unknown>, fine: ErrorCode): Promise<void> {
  const results = await Promise.allSettled(ids.map(act))
  const errors = results.flatMap(result => result.status === 'rejected' ? [toVantageError(result.reason)] : [])
  const serious = errors.find(({ code }) => code !== fine && HOST_FAILURES.includes(code))
  if (serious) throw serious
}
