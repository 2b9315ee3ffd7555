import { StartedProcess } from '#shared/schemas/process-info'
import { defineOperation } from './define'
import { LAUNCH_ERRORS } from './refusals'
import { StartRequest } from './start-process'
import { toWait } from './wait'

export const restartProcess = defineOperation({
  name: 'restart_process',
  description: 'Stops a process and starts it again with its current definition; starts it when it is not running.',
  effect: 'operate',
  errors: ['PROCESS_NOT_FOUND', ...LAUNCH_ERRORS],
  input: StartRequest,
  output: StartedProcess,
  handler: ({ id, ...wait }, { vantage, caller, signal }) => vantage.processes.restart(id, caller, toWait(wait, signal)),
})
