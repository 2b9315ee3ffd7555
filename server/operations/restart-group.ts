import { z } from 'zod'
import { StartedProcess } from '#shared/schemas/process-info'
import { defineOperation } from './define'
import { startedByGroup } from './group-members'
import { StartGroupRequest } from './start-group'
import { toWait } from './wait'

export const restartGroup = defineOperation({
  name: 'restart_group',
  description: 'Stops the processes of a group and starts all of them again, in the order of their dependencies.',
  effect: 'operate',
  errors: ['PROCESS_NOT_FOUND'],
  input: StartGroupRequest,
  output: z.array(StartedProcess),
  touches: ({ group }, processes) => startedByGroup(group, processes),
  handler: async ({ group, ...wait }, { vantage: { processes }, caller, signal, tell }) => {
    const infos = await processes.restartGroup(group, caller, toWait(wait, signal))
    tell({ summary: `Restarted the group ${group}: ${infos.map(({ id }) => id).join(', ')}` })
    return infos
  },
})
