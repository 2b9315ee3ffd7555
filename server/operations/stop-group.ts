import { z } from 'zod'
import { GroupName } from '#shared/schemas/definition'
import { ProcessInfo } from '#shared/schemas/process-info'
import { defineOperation } from './define'
import { isWhole } from './group-members'
import { stopFields } from './stop-process'

export const stopGroup = defineOperation({
  name: 'stop_group',
  description: 'Stops the processes of a group that run, each before what it depends on. Answers when all are gone.',
  effect: 'operate',
  input: z.strictObject({ group: GroupName, ...stopFields }),
  output: z.array(ProcessInfo),
  touches: ({ group }, processes) => processes.membersOf(group),
  handler: async ({ group, grace_ms: graceMs, signal }, { vantage: { processes }, tell }) => {
    const isUndoable = isWhole(group, processes, ({ phase }) => phase !== 'idle')
    const infos = await processes.stopGroup(group, { graceMs, signal })
    tell({
      summary: `Stopped the group ${group}: ${infos.map(({ id }) => id).join(', ')}`,
      ...(isUndoable && { undo: { method: 'POST', path: `/api/groups/${encodeURIComponent(group)}/start` } }),
    })
    return infos
  },
})
