import { z } from 'zod'
import { ProcessId } from '#shared/schemas/basics'
import { StartedProcess } from '#shared/schemas/process-info'
import { defineOperation } from './define'
import { startInWords } from './start-in-words'
import { toWait, waitFields } from './wait'

/** Which process to start or restart, and what to wait for. */
export const StartRequest = z.strictObject({ id: ProcessId, ...waitFields })

export const startProcess = defineOperation({
  name: 'start_process',
  description: 'Starts a process and answers with its pid once it is launched. A command that cannot be started is an error with its reason.',
  effect: 'operate',
  input: StartRequest,
  output: StartedProcess,
  touches: ({ id }, processes) => [id, ...processes.startedWith(id)],
  handler: async ({ id, ...wait }, { vantage: { processes }, caller, signal, tell }) => {
    const others = processes.startedWith(id)
    const info = await processes.start(id, caller, toWait(wait, signal))
    const isUndoable = others.length === 0 && info.phase !== 'idle' // one call ends one process, and one that has not ended
    tell({ summary: startInWords(info, others), ...(isUndoable && { undo: { method: 'POST', path: `/api/processes/${id}/stop` } }) })
    return info
  },
})
