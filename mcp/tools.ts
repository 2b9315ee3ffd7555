import { z } from 'zod'
import { failure } from '#shared/errors'
import { ProcessId } from '#shared/schemas/basics'
import { LogQuery, STREAMS } from '#shared/schemas/logs'
import type { ProcessInfo } from '#shared/schemas/process-info'
import { createProcess } from '../server/operations/create-process'
import { echo } from '../server/operations/echo'
import { getProcessOutput } from '../server/operations/get-process-output'
import { getProcessStatus } from '../server/operations/get-process-status'
import { getStatus } from '../server/operations/get-status'
import { listProcesses } from '../server/operations/list-processes'
import { ping } from '../server/operations/ping'
import { removeProcess } from '../server/operations/remove-process'
import { restartProcess } from '../server/operations/restart-process'
import { startProcess } from '../server/operations/start-process'
import { stopProcess } from '../server/operations/stop-process'
import { updateProcess } from '../server/operations/update-process'
import { toCompact, toJsonAnswer, toTextAnswer } from './answers'
import { toTool, toToolWith, type VantageTool } from './define-tool'
import { toListAnswer } from './list-answer'
import { toOutputText } from './output-text'

const READ = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false }
const CHANGE = { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false }
const DESTROY = { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false }

const changed = (process: ProcessInfo) => toJsonAnswer({ success: true, ...toCompact(process) })

const StopArguments = stopProcess.input.extend({
  grace_period_ms: stopProcess.input.shape.grace_ms.describe('The same as grace_ms.'),
})

const ListArguments = z.strictObject({
  filter: listProcesses.input.pick({ state: true, name_pattern: true, group: true }).optional(),
})

/** The streams are also known by the names that older clients use. */
const StreamArgument = z.enum([...STREAMS, 'both', 'Stdout', 'Stderr', 'Both'])
const lowerCase = { stdout: 'stdout', stderr: 'stderr', both: 'both', Stdout: 'stdout', Stderr: 'stderr', Both: 'both' } as const

const OutputArguments = z.strictObject({
  id: ProcessId,
  stream: StreamArgument.default('both'),
  lines: LogQuery.shape.lines.describe('Newest lines; after since the first ones. The answer holds about 2000 tokens.'),
  since: z.string().optional().describe('Cursor from the last line of an earlier answer: only what came after it.'),
  run: LogQuery.shape.run.describe('One run only.'),
})

/** The tools of CONTRACT §6 that this version has, in the order agents see them. */
export const tools: readonly VantageTool[] = [
  toTool(echo, { title: 'Echo', annotations: READ, present: toTextAnswer }),
  toTool(ping, { title: 'Ping', annotations: READ, present: toTextAnswer }),
  toTool(getStatus, { title: 'Server status', annotations: READ, present: toJsonAnswer }),
  toToolWith(listProcesses, {
    title: 'List processes',
    annotations: READ,
    input: ListArguments,
    toInput: ({ filter }) => filter ?? {},
    present: (processes, _input, { caller }) => toListAnswer(processes, caller.project),
  }),
  toTool(createProcess, { title: 'Create process', annotations: CHANGE, present: changed }),
  toTool(startProcess, { title: 'Start process', annotations: CHANGE, present: changed }),
  toToolWith(stopProcess, { title: 'Stop process', annotations: DESTROY, input: StopArguments, toInput: toStopInput, present: changed }),
  toTool(restartProcess, { title: 'Restart process', annotations: CHANGE, present: changed }),
  toTool(updateProcess, { title: 'Update process', annotations: { ...CHANGE, idempotentHint: true }, present: changed }),
  toTool(removeProcess, { title: 'Remove process', annotations: DESTROY, present: (_output, { id }) => toJsonAnswer({ success: true, id }) }),
  toTool(getProcessStatus, { title: 'Process status', annotations: READ, present: process => toJsonAnswer(toCompact(process)) }),
  toToolWith(getProcessOutput, {
    title: 'Process output',
    annotations: READ,
    input: OutputArguments,
    toInput: ({ stream, ...rest }) => ({ ...rest, stream: lowerCase[stream] }),
    present: (page, { id, stream, since, run }, { vantage }) =>
      toTextAnswer(toOutputText(vantage.processes.get(id), page, { since, run, stream: lowerCase[stream] })),
  }),
]

function toStopInput({ grace_period_ms: period, ...input }: z.output<typeof StopArguments>) {
  if (period === undefined) return input
  if (input.grace_ms !== undefined && input.grace_ms !== period) {
    throw failure('VALIDATION_FAILED', { problems: [{ field: 'grace_period_ms', reason: 'is the same as grace_ms; give one of them' }] })
  }
  return { ...input, grace_ms: period }
}
