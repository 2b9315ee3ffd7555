import { z } from 'zod'
import { matchesGlob } from '#shared/glob'
import { STATES } from '#shared/lifecycle'
import { ProcessInfo, StateName } from '#shared/schemas/process-info'
import { defineOperation } from './define'
import { refreshMetrics } from './refresh-metrics'

/** Which processes to list; every given field has to match. */
export const ProcessFilter = z.strictObject({
  state: StateName.optional().describe(`${STATES.join(', ')}; in any case.`),
  name_pattern: z.string().max(200).optional().describe('Part of the id or the command; with * or ? a glob for the whole of it.'),
  group: z.string().optional(),
  tag: z.string().optional(),
  project: z.string().optional().describe('Absolute directory of the project.'),
})
export type ProcessFilter = z.output<typeof ProcessFilter>

export const listProcesses = defineOperation({
  name: 'list_processes',
  description: 'Lists the processes with their states, ordered by id. Filters: state, name_pattern, group, tag, project.',
  effect: 'read',
  input: ProcessFilter,
  output: z.array(ProcessInfo),
  handler: async (filter, { vantage }) => {
    await refreshMetrics(vantage)
    return vantage.processes.list().filter(info => isWanted(info, filter))
  },
})

function isWanted(info: ProcessInfo, { state, name_pattern, group, tag, project }: ProcessFilter): boolean {
  return (state === undefined || info.state === state)
    && (name_pattern === undefined || matchesName(name_pattern, info.id) || matchesName(name_pattern, info.command))
    && (group === undefined || info.group === group)
    && (tag === undefined || (info.tags ?? []).includes(tag))
    && (project === undefined || info.project === project)
}

function matchesName(pattern: string, name: string): boolean {
  return /[*?]/.test(pattern) ? matchesGlob(pattern, name) : name.includes(pattern)
}
