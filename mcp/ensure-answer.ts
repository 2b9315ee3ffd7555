import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import type { CallContext } from '../server/operations/define'
import type { EnsuredProcess } from '../server/operations/ensure-process'
import { toJsonAnswer } from './answers'
import { firstErrors } from './first-errors'
import { maskInfo, maskText } from './masking'
import { shorten } from './output-rows'
import { toStanding } from './standing'

const MAX_CHANGES = 8
const MAX_CHANGE = 160
const MAX_COMMAND = 60

/** Answers what was done for a wish, how the process stands, and where it is not up, why, and what to do. */
export async function toEnsureAnswer(ensured: EnsuredProcess, context: CallContext): Promise<CallToolResult> {
  const { did, changes, stage, process, url, ready_after_ms, conflict } = ensured
  const secrets = await context.vantage.processes.secrets(process.id)
  const masked = (text: string) => maskText(text, secrets)
  const isUp = stage === 'ready' || stage === 'listening' || stage === 'running'
  const isSilent = stage === 'running' && did.length > 0 && url === undefined
  const errors = isSilent || (!isUp && process.phase !== 'waiting') ? await firstErrors(process.id, context) : []
  const { holder } = conflict ?? {}
  return toJsonAnswer({
    success: isUp || (stage === 'ended' && process.state === 'Stopped'),
    id: process.id,
    outcome: did.length > 0 ? did.join(' and ') : 'already running',
    ...(changes.length > 0 && { changes: changes.slice(0, MAX_CHANGES).map(change => shorten(masked(change), MAX_CHANGE)) }),
    ...(changes.length > MAX_CHANGES && { more_changes: changes.length - MAX_CHANGES }),
    ...(url !== undefined && { url: masked(url) }),
    ...toStanding(maskInfo(process, secrets)),
    ready_after_ms,
    ...(stage === 'timed_out' && { timed_out: true }),
    ...(conflict && { port_taken: conflict.port, held_by: holder && { ...holder, command: shorten(masked(holder.command), MAX_COMMAND) } }),
    ...(errors.length > 0 && { untrusted_output: errors }),
    next: nextOf(ensured),
  })
}

function nextOf({ stage, process, conflict }: EnsuredProcess): string | undefined {
  const { id, phase, state } = process
  if (conflict) return aboutPort(id, conflict)
  if (stage === 'timed_out') return `Not up yet. wait_for_process id=${id} for=ready waits on; get_process_output id=${id} shows what it does.`
  if (stage === 'ended') {
    if (phase === 'backoff') return `Its restart policy starts it again; wait_for_process id=${id} for=ready tells whether that helps.`
    if (state === 'Stopped') return 'It has ended by itself.'
    return `Correct the cause, then ensure_process again; get_process_output id=${id} shows more.`
  }
  return warningOf(process) ?? (stage === 'running' ? 'It has no ready rule and listens on no port: it counts as up because it lives on.' : undefined)
}

function aboutPort(id: string, { port, holder }: NonNullable<EnsuredProcess['conflict']>): string {
  const other = `give ${id} another port, such as by assign_ports {"PORT":"auto"}`
  if (holder?.id !== undefined) return `stop_process id=${holder.id} frees port ${port}; or ${other}. Then ensure_process again.`
  if (holder) return `pid ${holder.pid} is not one of Vantage: end it only if it is yours; or ${other}. Then ensure_process again.`
  return `Who holds port ${port} cannot be seen; ${other}. Then ensure_process again.`
}

/** A check may have been answered by somebody else. */
function warningOf({ ready, ports = [] }: EnsuredProcess['process']): string | undefined {
  const port = ready?.tcp ?? (ready?.http === undefined ? undefined : Number(new URL(ready.http).port))
  if (!port || ports.length === 0 || ports.includes(port)) return undefined
  return `Port ${port}, which answers its check, is not one that it listens on.`
}
