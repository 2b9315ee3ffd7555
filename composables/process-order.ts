import type { ProcessInfo } from '#shared/schemas/process-info'
import type { ProcessState } from '#shared/lifecycle'
import { hasFailed } from './status'

/** What the list is narrowed to by the URL. */
export interface ProcessFilter { state?: ProcessState, text: string }

/** Problems come first: failed, then waiting for another try, then not answering; the rest by id. */
export function compareProcesses(a: ProcessInfo, b: ProcessInfo): number {
  return urgency(a) - urgency(b) || (a.id < b.id ? -1 : 1)
}

function urgency(process: ProcessInfo): number {
  if (hasFailed(process)) return 0
  if (process.phase === 'backoff') return 1
  return process.phase === 'unready' ? 2 : 3
}

/** Tells whether a process has `text` in its id, command, group, tags or description, without regard to case. */
export function matchesText(process: ProcessInfo, text: string): boolean {
  const wanted = text.trim().toLowerCase()
  if (!wanted) return true
  const { id, command, group = '', tags = [], description = '' } = process
  return [id, command, group, description, ...tags].some(part => part.toLowerCase().includes(wanted))
}

/** The groups of processes with their sizes, by name. */
export function countGroups(processes: readonly ProcessInfo[]): { name: string, size: number }[] {
  const sizes = new Map<string, number>()
  for (const { group } of processes) if (group !== undefined) sizes.set(group, (sizes.get(group) ?? 0) + 1)
  return [...sizes].map(([name, size]) => ({ name, size })).sort((a, b) => a.name < b.name ? -1 : 1)
}

/** Counts the processes of each state; the counts sum up to the length of the list. */
export function countStates(processes: readonly ProcessInfo[]): Record<ProcessState, number> {
  const counts = { NotStarted: 0, Running: 0, Stopped: 0, Failed: 0 }
  for (const { state } of processes) counts[state]++
  return counts
}
