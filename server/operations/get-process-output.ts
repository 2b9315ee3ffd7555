import { ProcessId } from '#shared/schemas/basics'
import { LogPage, LogQuery } from '#shared/schemas/logs'
import { defineOperation } from './define'

export const getProcessOutput = defineOperation({
  name: 'get_process_output',
  description: 'Gives a page of the log of a process in time order, with cursors: the newest lines, or those after since or before a cursor.',
  effect: 'read',
  errors: ['PROCESS_NOT_FOUND', 'RUN_NOT_FOUND'],
  input: LogQuery.safeExtend({ id: ProcessId }),
  output: LogPage,
  handler: ({ id, ...query }, { vantage }) => vantage.processes.logs(id).page(query),
})
