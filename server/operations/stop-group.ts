import { z } from 'zod'
import { GroupName } from '#shared/schemas/definition'
import { ProcessInfo } from '#shared/schemas/process-info'
import { defineOperation } from './define'
import { stopFields } from './stop-process'

export const stopGroup = defineOperation({
  name: 'stop_group',
  description: 'Stops the processes of a group that run, each before what it depends on. Answers when all are gone.',
  effect: 'operate',
  errors: ['PROCESS_NOT_FOUND'],
  input: z.strictObject({ group: GroupName, ...stopFields }),
  output: z.array(ProcessInfo),
  handler: ({ group, grace_ms: graceMs, signal }, { vantage }) => vantage.processes.stopGroup(group, { graceMs, signal }),
})
