import { z } from 'zod'
import { ProcessId } from '#shared/schemas/basics'
import { parseInput } from '#shared/validation'
import { downloadOutput } from '../../../../http/download-output'
import { readFields } from '../../../../http/fields'
import { handle } from '../../../../http/route'

const DownloadRequest = z.strictObject({ id: ProcessId })

export default handle(async event => downloadOutput(event, parseInput(DownloadRequest, await readFields(event, DownloadRequest)).id))
