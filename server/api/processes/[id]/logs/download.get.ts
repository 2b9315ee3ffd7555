import { z } from 'zod'
import { ProcessId } from '#shared/schemas/basics'
import { parseInput } from '#shared/validation'
import { downloadOutput } from '../../../../http/download-output'
import { readFields } from '../../../../http/fields'
import { handle } from '../../../../http/route'

const DownloadRequest = z.strictObject({ id: ProcessId })

export default handle(async event => downloadOutput(event, parseInput(DownloadRequest, await readFields(event, DownloadRequest)).id), {
  operation: {
    name: 'download_process_output',
    description: 'Gives the whole kept log of a process as a file, both streams and all runs in time order.',
    effect: 'read',
    errors: ['PROCESS_NOT_FOUND'],
    input: DownloadRequest,
  },
  answer: { status: 200, type: 'text/plain', example: 'tick 1\ntick 2\n' },
})
