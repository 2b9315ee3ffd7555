import { z } from 'zod'
import { ProcessId } from '#shared/schemas/basics'
import { LogLine, StreamChoice } from '#shared/schemas/logs'
import { parseInput } from '#shared/validation'
import { readFields } from '../../../../http/fields'
import { handle } from '../../../../http/route'
import { streamOutput } from '../../../../http/stream-output'

const StreamRequest = z.strictObject({
  id: ProcessId,
  stream: StreamChoice.default('both'),
  since: z.string().optional().describe('The lines after this cursor; else from now.'),
})

export default handle(async event => streamOutput(event, parseInput(StreamRequest, await readFields(event, StreamRequest))), {
  operation: {
    name: 'follow_process_output',
    description: 'Streams the lines of a process as they come, one to a message. "event: skipped" counts lines that retention took before they could be read.',
    effect: 'read',
    errors: ['PROCESS_NOT_FOUND'],
    input: StreamRequest,
  },
  answer: {
    status: 200,
    type: 'text/event-stream',
    schema: LogLine,
    example: 'id: a05384.1.0.z_5.0.o\ndata: {"cursor":"a05384.1.0.z_5.0.o","at":"2026-11-22T11:56:39.991Z","stream":"stdout","run":1,"text":"tick 5"}\n\n',
  },
  headers: { 'Last-Event-ID': 'The cursor of the last line one has; it beats since.' },
})
