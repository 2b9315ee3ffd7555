import { z } from 'zod'
import { StartedProcess } from '#shared/schemas/process-info'
import { defineOperation } from './define'
import { StartGroupRequest } from './start-group'
import { toWait } from './wait'

export const restartGroup = defineOperation({
  name: 'restart_group',
  description: 'Stops the processes of a group and starts all of them again, in the order of their dependencies.',
  effect: 'operate',
  errors: ['PROCESS_NOT_FOUND'],
  input: StartGroupRequest,
  output: z.array(StartedProcess),
  handler: ({ group, ...wait }, { vantage, caller, signal }) => vantage.processes.restartGroup(group, caller, toWait(wait, signal)),
})
