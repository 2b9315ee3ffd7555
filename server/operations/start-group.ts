import { z } from 'zod'
import { GroupName } from '#shared/schemas/definition'
import { StartedProcess } from '#shared/schemas/process-info'
import { defineOperation } from './define'
import { isWhole, startedByGroup } from './group-members'
import { toWait, waitFields } from './wait'

/** Which group to start or restart, and what to wait for. */
export const StartGroupRequest = z.strictObject({ group: GroupName, ...waitFields })

export const startGroup = defineOperation({
  name: 'start_group',
  description: 'Starts the processes of a group that do not run, in the order of their dependencies. One that cannot start is Failed, with its reason.',
  effect: 'operate',
  input: StartGroupRequest,
  output: z.array(StartedProcess),
  touches: ({ group }, processes) => startedByGroup(group, processes),
  handler: async ({ group, ...wait }, { vantage: { processes }, caller, signal, tell }) => {
    const isUndoable = isWhole(group, processes, ({ phase }) => phase === 'idle')
    const infos = await processes.startGroup(group, caller, toWait(wait, signal))
    tell({
      summary: `Started the group ${group}: ${infos.map(({ id }) => id).join(', ')}`,
      ...(isUndoable && { undo: { method: 'POST', path: `/api/groups/${encodeURIComponent(group)}/stop` } }),
    })
    return infos
  },
})
