import { z } from 'zod'
import { failure } from '#shared/errors'
import { ProcessId } from '#shared/schemas/basics'
import { GroupName } from '#shared/schemas/definition'
import type { ProcessInfo } from '#shared/schemas/process-info'
import type { CallContext } from '../server/operations/define'
import { createProcess } from '../server/operations/create-process'
import { echo } from '../server/operations/echo'
import { ensureProcess } from '../server/operations/ensure-process'
import { getProcessStatus } from '../server/operations/get-process-status'
import { getStatus } from '../server/operations/get-status'
import { listActivity } from '../server/operations/list-activity'
import { listProcesses } from '../server/operations/list-processes'
import { ping } from '../server/operations/ping'
import { removeProcess } from '../server/operations/remove-process'
import { restartGroup } from '../server/operations/restart-group'
import { restartProcess } from '../server/operations/restart-process'
import { startGroup } from '../server/operations/start-group'
import { startProcess } from '../server/operations/start-process'
import { stopGroup } from '../server/operations/stop-group'
import { stopFields, stopProcess } from '../server/operations/stop-process'
import { updateProcess } from '../server/operations/update-process'
import { waitFields } from '../server/operations/wait'
import { waitForProcess } from '../server/operations/wait-for-process'
import { toActivityAnswer } from './activity-answer'
import { toBrief, toCompact, toJsonAnswer, toTextAnswer } from './answers'
import { toTool, toToolWith, type VantageTool } from './define-tool'
import { toEnsureAnswer } from './ensure-answer'
import { toGroupTool } from './group-tool'
import { toInputTool } from './input-tool'
import { toGroupAnswer, toListAnswer } from './list-answer'
import { withoutSecrets } from './masking'
import { toOutputTool } from './output-tool'
import { toWaitAnswer } from './wait-answer'

const READ = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false }
const CHANGE = { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false }
const DESTROY = { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false }

const masked = async (process: ProcessInfo, context: CallContext) => (await withoutSecrets([process], context))[0] ?? process
const changed = async (process: ProcessInfo, context: CallContext) => {
  return toJsonAnswer({ success: true, ...toCompact(await masked(process, context)) })
}

/** Started, unless the command did not even live until the answer. */
const started = async (process: ProcessInfo, context: CallContext) =>
  toJsonAnswer({ success: process.state !== 'Failed', ...toCompact(await masked(process, context)) })
const allStarted = async (processes: ProcessInfo[], context: CallContext) =>
  toGroupAnswer(await withoutSecrets(processes, context), processes.every(({ state }) => state !== 'Failed'))
const allStopped = async (processes: ProcessInfo[], context: CallContext) => {
  return toGroupAnswer(await withoutSecrets(processes, context), true)
}

const target = { id: ProcessId.optional(), group: GroupName.optional().describe('Instead of id: all of a group.') }

const StartArguments = z.strictObject({ ...target, ...waitFields })

const StopArguments = z.strictObject({
  ...target,
  ...stopFields,
  signal: stopFields.signal.describe('Such as SIGINT.'),
  grace_period_ms: stopFields.grace_ms.describe('The same as grace_ms.'),
})

const ListArguments = z.strictObject({
  filter: listProcesses.input.pick({ state: true, name_pattern: true, group: true }).optional(),
})

/** The tools of CONTRACT §6 that this version has, in the order agents see them. */
export const tools: readonly VantageTool[] = [
  toTool(echo, { title: 'Echo', annotations: READ, present: toTextAnswer }),
  toTool(ping, { title: 'Ping', annotations: READ, present: toTextAnswer }),
  toTool(getStatus, { title: 'Server status', annotations: READ, present: toJsonAnswer }),
  toToolWith(listProcesses, {
    title: 'List processes',
    description: 'Lists the processes with their states, ports, CPU and memory: those of your project first, then by id; project is named where it is another one.',
    annotations: READ,
    input: ListArguments,
    toInput: ({ filter }) => filter ?? {},
    present: async (processes, _input, context) => toListAnswer(await withoutSecrets(processes, context), context.caller.project),
  }),
  toTool(ensureProcess, {
    title: 'Ensure process',
    annotations: { ...CHANGE, idempotentHint: true },
    isBrief: true,
    present: (ensured, _input, context) => toEnsureAnswer(ensured, context),
  }),
  toTool(createProcess, {
    title: 'Create process',
    description: 'Defines a process: command and args without a shell, env, cwd. It is not started; start_process does that. The definition survives restarts of the host. ready takes exactly one of log, http, tcp, command and delay_ms.',
    annotations: CHANGE,
    present: (process, _input, context) => changed(process, context),
  }),
  toGroupTool({ operation: startProcess, present: started }, { operation: startGroup, present: allStarted }, {
    title: 'Start process',
    description: 'Starts a process, or a group in the order of its dependencies. Answers with the pid once it is launched; with wait "ready" when it is ready or has failed. A command that cannot be started is an error with its reason.',
    annotations: CHANGE,
    input: StartArguments,
    toInput: wait => wait,
  }),
  toGroupTool({ operation: stopProcess, present: changed }, { operation: stopGroup, present: allStopped }, {
    title: 'Stop process',
    description: 'Stops a process, or a group, with everything it started: a signal, then SIGKILL after grace_ms; by default as the definition says (SIGTERM, 5000). Answers when all of it is gone.',
    annotations: DESTROY,
    input: StopArguments,
    toInput: toStopInput,
  }),
  toGroupTool({ operation: restartProcess, present: started }, { operation: restartGroup, present: allStarted }, {
    title: 'Restart process',
    description: 'Stops a process, or a group, and starts it again with its current definition; starts it when it is not running.',
    annotations: CHANGE,
    input: StartArguments,
    toInput: wait => wait,
  }),
  toTool(updateProcess, {
    title: 'Update process',
    description: 'Changes fields of a definition, as in create_process. env and depends_on merge by name, null clears. What runs takes it at its next start.',
    annotations: { ...CHANGE, idempotentHint: true },
    isBrief: true,
    present: (process, _input, context) => changed(process, context),
  }),
  toTool(removeProcess, { title: 'Remove process', annotations: DESTROY, present: (_output, { id }) => toJsonAnswer({ success: true, id }) }),
  toTool(getProcessStatus, { title: 'Process status', annotations: READ, present: async (process, _input, context) => toJsonAnswer(toBrief(await masked(process, context))) }),
  toTool(waitForProcess, {
    title: 'Wait for process',
    annotations: READ,
    present: (result, input, context) => toWaitAnswer(result, input, context),
  }),
  toInputTool({ title: 'Send input', annotations: CHANGE }),
  toOutputTool({
    title: 'Process output',
    description: 'Shows the output of a process as text. With id alone a digest: the errors of all runs, each kind once with own frames, then the newest lines. With stream, lines, since, around, grep, level or run the lines themselves. The last line says how to get more.',
    annotations: READ,
  }),
  toTool(listActivity, {
    title: 'List activity',
    description: 'Lists who did what, newest first: calls of agents and people that changed something or failed to. before = a seq gives older ones.',
    annotations: READ,
    present: (entries, { limit }) => toActivityAnswer(entries, limit),
  }),
]

function toStopInput({ grace_period_ms: period, ...input }: Omit<z.output<typeof StopArguments>, 'id' | 'group'>) {
  if (period === undefined) return input
  if (input.grace_ms !== undefined && input.grace_ms !== period) {
    throw failure('VALIDATION_FAILED', { problems: [{ field: 'grace_period_ms', reason: 'is the same as grace_ms; give one of them' }] })
  }
  return { ...input, grace_ms: period }
}
