import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { toShownLine } from '#shared/clean-text'
import { maskSecrets } from '#shared/mask-secrets'
import type { CallContext } from '../server/operations/define'
import type { WaitResult } from '../server/operations/wait-for-process'
import { toJsonAnswer } from './answers'
import { firstErrors } from './first-errors'
import { maskInfo, maskRuns, maskText } from './masking'
import { toStanding } from './standing'

export interface Awaited { id: string, for: 'ready' | 'exit' | 'log' }

/** Answers what a wait came to: that it is so, or how the process stands instead, and what to do. */
export async function toWaitAnswer(result: WaitResult, { id, for: goal }: Awaited, context: CallContext): Promise<CallToolResult> {
  const { stage, process, run, line, url, waited_ms } = result
  const { processes } = context.vantage
  const secrets = await processes.secrets(id)
  const isMet = stage !== 'timed_out' && (stage === 'ended') === (goal === 'exit' && run !== undefined)
  const hasFailed = stage === 'ended' && process.state === 'Failed'
  const errors = hasFailed && process.run !== undefined ? await firstErrors(id, context) : []
  return toJsonAnswer({
    success: isMet,
    id,
    outcome: stage === 'timed_out' ? 'timed out' : stage === 'ended' && run === undefined ? 'not running' : stage,
    waited_ms,
    ...(url !== undefined && { url: maskSecrets(url, secrets) }),
    ...toStanding(maskInfo(process, secrets)),
    ...endOfEarlier(result, maskRuns(processes.runs(id), secrets)),
    ...(line && {
      line: { cursor: line.cursor, stream: line.stream, run: line.run, untrusted_text: toShownLine(maskText(line.text, secrets)) },
    }),
    ...(errors.length > 0 && { untrusted_output: errors }),
    next: nextOf(result, { id, for: goal }),
  })
}

/** The run that was waited for, where a newer one has begun meanwhile. */
function endOfEarlier({ stage, process, run }: WaitResult, runs: ReturnType<CallContext['vantage']['processes']['runs']>) {
  if (stage !== 'ended' || run === undefined || run === process.run) return {}
  const { exit_code, signal, reason } = runs.find(each => each.run === run) ?? {}
  return { ended_run: { run, exit_code, signal, reason } }
}

function nextOf({ stage, process: { phase, state }, line }: WaitResult, { id, for: goal }: Awaited): string | undefined {
  if (line) return `get_process_output id=${id} around=${line.cursor} for its context, since=${line.cursor} for what came after it.`
  if (stage === 'timed_out') return `It is not so yet. Call again to wait on; get_process_output id=${id} shows what it does.`
  if (stage !== 'ended' || goal === 'exit') return undefined
  if (phase === 'backoff') return 'Its restart policy starts it again; call again to wait for that.'
  return state === 'Running' ? 'A newer run has begun; call again for it.' : `It does not run: ensure_process id=${id} starts it; get_process_output id=${id} shows its output.`
}
