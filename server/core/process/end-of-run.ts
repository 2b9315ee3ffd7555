import type { RunInfo } from '#shared/schemas/runs'
import type { ProcessLog } from '../logs/process-log'
import type { Verdict } from '../state/process-state'
import type { RunExit } from '../supervise/ctl'
import { waitForDrain } from '../supervise/drain'
import { leftoversOf } from '../supervise/leftovers'
import { portConflict } from '../supervise/port-holder'
import { isGoneWithin, terminate } from '../supervise/terminate'
import { endInWords } from './end-in-words'
import type { Engine } from './engine'
import type { Memory } from './memory'
import { findPortConflict } from './port-conflict'
import { groupOf, type Run } from './run'
import { DEFAULT_STOP } from './stop-run'

/** Processes that a leader left behind may end by themselves for this long before they are ended. */
const SETTLE_MS = 50
/** How long what is still on its way through a pipe may take to reach the log. */
const DRAIN_MS = 2000

/** A run whose leader has ended, and what is told of it: the log, and what is on record of the process. */
export interface EndedRun { run: Run, exit: RunExit, log: ProcessLog, memory: Memory }

/**
 * Ends what the leader of a run has left behind, waits for the rest of its output, closes its log, and puts on record what
 * is known of the end beyond the exit code. `onLeftovers` is called before anything is ended.
 */
export async function closeRun(engine: Engine, ended: EndedRun, onLeftovers: () => void): Promise<void> {
  const { run, exit, log, memory } = ended
  const left = await endLeftovers(engine, run, onLeftovers)
  if (left !== undefined) await memory.note({ leftovers_run: run.number })
  if (run.spec.definition.output === 'pipe') await waitForDrain(run.dir, DRAIN_MS)
  await log.end(run.number, exit.at)
  const { verdict, stopped_run: stopped } = memory.value
  if (verdict?.run !== run.number && stopped !== run.number) await memory.note({ verdict: await explain(engine, ended, left) })
}

/** Gives what the leader had left behind, in words for a person, where there was anything. */
async function endLeftovers(engine: Engine, run: Run, onLeftovers: () => void): Promise<string | undefined> {
  if (await isGoneWithin(engine.table, groupOf(run), SETTLE_MS)) return undefined
  const { kind, pids } = await leftoversOf(engine.table, groupOf(run))
  const { signal, grace_ms: graceMs } = { ...DEFAULT_STOP, ...run.spec.definition.stop }
  onLeftovers()
  await terminate(engine.table, groupOf(run), { signal, graceMs })
  return kind === 'none' ? undefined : inWords(kind, pids)
}

function inWords(kind: 'group' | 'daemonised', pids: readonly number[]): string {
  const which = pids.slice(0, 3).join(', ')
  return kind === 'daemonised'
    ? `it went into the background (pid ${which}) and was ended`
    : `it left processes behind (pid ${which}), which were ended`
}

/** Finds out more about an end than its exit code tells: a taken port and who holds it, what was left behind. */
async function explain(engine: Engine, { run, exit, log }: EndedRun, left: string | undefined): Promise<Verdict | undefined> {
  const isFailure = exit.end.kind !== 'code' || exit.end.code !== 0
  const conflict = isFailure ? await findPortConflict(engine, run, log) : undefined
  const more = [conflict && portConflict(conflict.port, conflict.holder), left].filter(text => text !== undefined)
  if (more.length === 0) return undefined
  const reason = `${endInWords(exit.end)}; ${more.join('; ')}`
  return { run: run.number, is_failure: isFailure, reason, ...(conflict && { conflict }) }
}

/** The row of a run that has ended; `reason` in words. */
export function toRunRecord(run: Run, { end, at }: RunExit, reason: string): RunInfo {
  return {
    run: run.number,
    started_at: run.spec.started_at,
    ended_at: at.toISOString(),
    ...(end.kind === 'code' && { exit_code: end.code }),
    ...(end.kind === 'signal' && { signal: end.signal }),
    reason,
  }
}
