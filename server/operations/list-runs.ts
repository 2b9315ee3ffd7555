import { z } from 'zod'
import { ProcessId } from '#shared/schemas/basics'
import { RunInfo } from '#shared/schemas/runs'
import { defineOperation } from './define'

export const listRuns = defineOperation({
  name: 'list_runs',
  description: 'Lists the last 100 runs of a process, newest first: when each began and ended, and how.',
  effect: 'read',
  errors: ['PROCESS_NOT_FOUND'],
  input: z.strictObject({ id: ProcessId }),
  output: z.array(RunInfo),
  handler: ({ id }, { vantage }) => vantage.processes.runs(id),
})
