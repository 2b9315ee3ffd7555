import { z } from 'zod'
import { ProcessId } from '#shared/schemas/basics'
import { ProcessDigest } from '#shared/schemas/digest'
import { LogQuery } from '#shared/schemas/logs'
import { defineOperation } from './define'

/** More lines than are shown: repeated ones are folded. */
const TAIL_LINES = 200

export const getProcessDigest = defineOperation({
  name: 'get_process_digest',
  description: 'Gives the errors and warnings that a process has told over all runs, each kind once, with its newest lines.',
  effect: 'read',
  errors: ['PROCESS_NOT_FOUND'],
  input: z.strictObject({ id: ProcessId }),
  output: ProcessDigest,
  async handler({ id }, { vantage }) {
    const logs = vantage.processes.logs(id)
    const digest = await logs.digest()
    return { digest, tail: await logs.page(LogQuery.parse({ lines: TAIL_LINES })) }
  },
})
