import { StartedProcess } from '#shared/schemas/process-info'
import { defineOperation } from './define'
import { LAUNCH_ERRORS } from './refusals'
import { startInWords } from './start-in-words'
import { StartRequest } from './start-process'
import { toWait } from './wait'

export const restartProcess = defineOperation({
  name: 'restart_process',
  description: 'Stops a process and starts it again with its current definition; starts it when it is not running.',
  effect: 'operate',
  errors: ['PROCESS_NOT_FOUND', ...LAUNCH_ERRORS],
  input: StartRequest,
  output: StartedProcess,
  touches: ({ id }, processes) => [id, ...processes.startedWith(id)],
  handler: async ({ id, ...wait }, { vantage: { processes }, caller, signal, tell }) => {
    const others = processes.startedWith(id)
    const info = await processes.restart(id, caller, toWait(wait, signal))
    tell({ summary: startInWords(info, others, 'Restarted') })
    return info
  },
})
