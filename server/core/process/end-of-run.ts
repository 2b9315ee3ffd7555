import type { RunInfo } from '#shared/schemas/runs'
import type { ProcessLog } from '../logs/process-log'
import type { ProcessStateFile, Verdict } from '../state/process-state'
import type { RunExit } from '../supervise/ctl'
import { waitForDrain } from '../supervise/drain'
import { leftoversOf } from '../supervise/leftovers'
import { holderOf, portConflict } from '../supervise/port-holder'
import { portInError } from '../supervise/port-in-error'
import { isGoneWithin, terminate } from '../supervise/terminate'
import { endInWords } from './end-in-words'
import type { Engine } from './engine'
import { groupOf, type Run } from './run'
import { DEFAULT_STOP } from './stop-run'

/** Processes that a leader left behind may end by themselves for this long before they are ended. */
const SETTLE_MS = 50
/** How long what is still on its way through a pipe may take to reach the log. */
const DRAIN_MS = 2000
const LAST_LINES = 60

/** What a leader had left behind when it ended, in words for a person. */
export type LeftBehind = string

/**
 * Ends what the leader of a run has left behind, and waits for the rest of its output. Gives what that was, if anything;
 * `onLeftovers` is called before they are ended.
 */
export async function closeRun(engine: Engine, run: Run, onLeftovers: () => void): Promise<LeftBehind | undefined> {
  const { signal, grace_ms: graceMs } = { ...DEFAULT_STOP, ...run.spec.definition.stop }
  let left: LeftBehind | undefined
  if (!await isGoneWithin(engine.table, groupOf(run), SETTLE_MS)) {
    const leftovers = leftoversOf(engine.table, groupOf(run))
    if (leftovers.kind !== 'none') left = inWords(leftovers.kind, leftovers.pids)
    onLeftovers()
    await terminate(engine.table, groupOf(run), { signal, graceMs })
  }
  if (run.spec.definition.output === 'pipe') await waitForDrain(run.dir, DRAIN_MS)
  return left
}

function inWords(kind: 'group' | 'daemonised', pids: readonly number[]): string {
  const which = pids.slice(0, 3).join(', ')
  return kind === 'daemonised'
    ? `it went into the background (pid ${which}) and was ended`
    : `it left processes behind (pid ${which}), which were ended`
}

interface EndedRun { run: Run, exit: RunExit, left: LeftBehind | undefined, log: ProcessLog }

/** Finds out more about an end than its exit code tells: a taken port and who holds it, what was left behind. */
export async function explainEnd(engine: Engine, { run, exit, left, log }: EndedRun): Promise<Verdict | undefined> {
  const isFailure = exit.end.kind !== 'code' || exit.end.code !== 0
  const conflict = isFailure ? await conflictIn(engine, run.number, log) : undefined
  const more = [conflict, left].filter(text => text !== undefined)
  if (more.length === 0) return undefined
  return { run: run.number, is_failure: isFailure, reason: `${endInWords(exit.end)}; ${more.join('; ')}` }
}

async function conflictIn(engine: Engine, run: number, log: ProcessLog): Promise<string | undefined> {
  const { lines } = await log.page({ stream: 'both', lines: LAST_LINES, run })
  const port = portInError(lines.map(line => line.text))
  if (port === undefined) return undefined
  const holder = await holderOf(engine.os, port)
  const id = holder && engine.neighbours.ownerOf(holder.pid)
  return portConflict(port, holder && { ...holder, ...(id !== undefined && { id }) })
}

export interface EndFacts { reason: string, wasAsked: boolean, remembered: ProcessStateFile }

/** The row of a run that has ended. */
export function toRunRecord(run: Run, { end, at }: RunExit, { reason, wasAsked }: EndFacts): RunInfo {
  return {
    run: run.number,
    started_at: run.spec.started_at,
    ended_at: at.toISOString(),
    ...(end.kind === 'code' && { exit_code: end.code }),
    ...(end.kind === 'signal' && { signal: end.signal }),
    reason: wasAsked ? 'stopped' : reason,
  }
}
