import { z } from 'zod'
import { failure } from '#shared/errors'
import { ProcessId } from '#shared/schemas/basics'
import { LinePattern, LogLine } from '#shared/schemas/logs'
import { ProcessInfo } from '#shared/schemas/process-info'
import { deadline } from '../core/deadline'
import { type CallContext, defineOperation } from './define'
import { findUrl } from './find-url'
import { refreshMetrics } from './refresh-metrics'

const HOUR_MS = 3_600_000

const WaitRequest = z.strictObject({
  id: ProcessId,
  for: z.enum(['ready', 'exit', 'log'], 'must be "ready", "exit" or "log"'),
  pattern: LinePattern.optional().describe('Regular expression, for log.'),
  timeout_ms: z.int('must be a whole number').min(1, 'must be at least 1').max(HOUR_MS, 'must be at most an hour').default(60_000),
})
type WaitRequest = z.output<typeof WaitRequest>

/** What a wait came to, and the process then; `run` is the one that was waited for, where there was one. */
export const WaitResult = z.strictObject({
  stage: z.enum(['ready', 'listening', 'running', 'matched', 'ended', 'timed_out']),
  waited_ms: z.int().nonnegative(),
  run: z.int().positive().optional(),
  line: LogLine.optional(),
  url: z.string().optional(),
  process: ProcessInfo,
})
export type WaitResult = z.output<typeof WaitResult>

export const waitForProcess = defineOperation({
  name: 'wait_for_process',
  description: 'Waits until a process is ready, until its run has ended, or until a line of its run matches pattern, one already written included. Answers at once when it is so, and when the run ends before; after timeout_ms with the state as it is.',
  effect: 'read',
  errors: ['PROCESS_NOT_FOUND'],
  input: WaitRequest,
  output: WaitResult,
  async handler(request, context) {
    const began = performance.now()
    const result = await waitFor(request, context)
    const waitedMs = Math.round(performance.now() - began)
    if (request.for !== 'ready' || result.stage === 'ended' || result.stage === 'timed_out') return { ...result, waited_ms: waitedMs }
    await refreshMetrics(context.vantage, { maxAgeMs: 0, maxWaitMs: 1000 })
    const process = context.vantage.processes.get(request.id)
    const url = await findUrl(context.vantage, process)
    return { ...result, process, ...(url !== undefined && { url }), waited_ms: waitedMs }
  },
})

async function waitFor({ id, for: goal, pattern, timeout_ms: timeoutMs }: WaitRequest, { vantage: { processes }, signal }: CallContext) {
  if ((goal === 'log') !== (pattern !== undefined)) {
    throw failure('VALIDATION_FAILED', { problems: [{ field: 'pattern', reason: goal === 'log' ? 'is needed for "log"' : 'is only for "log"' }] })
  }
  const { phase, run } = processes.get(id)
  if (pattern !== undefined) return await within(timeoutMs, signal, end => processes.untilLine(id, pattern, end))
  if (goal === 'exit') return await within(timeoutMs, signal, end => processes.untilEnded(id, end))
  const result = await processes.untilUp(id, { timeoutMs, signal, endedRun: phase === 'backoff' ? run : undefined })
  return { ...result, run: phase === 'idle' ? undefined : result.process.run }
}

async function within<T>(timeoutMs: number, caller: AbortSignal, wait: (end: AbortSignal) => Promise<T>): Promise<T> {
  const end = deadline(timeoutMs, caller)
  try {
    return await wait(end.signal)
  }
  finally {
    end[Symbol.dispose]()
  }
}
