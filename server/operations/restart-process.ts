import { ProcessInfo } from '#shared/schemas/process-info'
import { defineOperation } from './define'
import { StartRequest } from './start-process'

export const restartProcess = defineOperation({
  name: 'restart_process',
  description: 'Stops a process and starts it again with its current definition; starts it when it is not running.',
  effect: 'operate',
  input: StartRequest,
  output: ProcessInfo,
  handler: ({ id }, { vantage, caller }) => vantage.processes.restart(id, caller),
})
