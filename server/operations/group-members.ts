import type { ProcessInfo } from '#shared/schemas/process-info'
import type { CallContext } from './define'

type Processes = CallContext['vantage']['processes']

/** All that a start of a group would start: its members and what they depend on. Throws `PROCESS_NOT_FOUND`. */
export function startedByGroup(group: string, processes: Processes): string[] {
  const members = processes.membersOf(group)
  return [...new Set(members.flatMap(id => [id, ...processes.startedWith(id)]))]
}

/**
 * Tells whether a start or stop of a group is all there is to it: every member is as it has to be, and nothing outside of it
 * would be started. Then the opposite takes it back.
 */
export function isWhole(group: string, processes: Processes, isAsItHasToBe: (info: ProcessInfo) => boolean): boolean {
  const members = processes.membersOf(group)
  return members.every(id => isAsItHasToBe(processes.get(id))) && startedByGroup(group, processes).every(id => members.includes(id))
}
