import { z } from 'zod'
import { ProcessId } from '#shared/schemas/basics'
import { StreamChoice } from '#shared/schemas/logs'
import { parseInput } from '#shared/validation'
import { readFields } from '../../../../http/fields'
import { handle } from '../../../../http/route'
import { streamOutput } from '../../../../http/stream-output'

const StreamRequest = z.strictObject({ id: ProcessId, stream: StreamChoice.default('both'), since: z.string().optional() })

export default handle(async event => streamOutput(event, parseInput(StreamRequest, await readFields(event, StreamRequest))))
