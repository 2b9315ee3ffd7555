import { MergedLogPage, MergedLogQuery } from '#shared/schemas/logs'
import { readMerged } from '../core/logs/merged-page'
import { defineOperation } from './define'

export const getMergedOutput = defineOperation({
  name: 'get_merged_output',
  description: 'Gives a page of the logs of up to 20 processes, merged in time order: the newest lines, or those after, before or around a cursor.',
  effect: 'read',
  errors: ['PROCESS_NOT_FOUND', 'RUN_NOT_FOUND'],
  input: MergedLogQuery,
  output: MergedLogPage,
  handler: ({ ids, ...query }, { vantage }) => readMerged(ids.map(id => ({ id, logs: vantage.processes.logs(id) })), query),
})
