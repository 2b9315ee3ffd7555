import { type ProcessPhase, type ProcessState, isAlive, type RunEnd, stateAfter } from '#shared/lifecycle'
import { LAUNCH_FIELDS, type ProcessDefinition } from '#shared/schemas/definition'
import type { ProcessInfo } from '#shared/schemas/process-info'
import type { Dependencies } from '#shared/schemas/supervision'
import { changedFields } from '../rules/definition-changes'
import type { ProcessStateFile } from '../state/process-state'
import type { RunExit } from '../supervise/ctl'
import type { Metrics } from '../supervise/measured-tree'
import { endInWords } from './end-in-words'
import type { Run } from './run'

/** Everything that an answer about a process is made of. */
export interface ProcessFacts {
  definition: ProcessDefinition
  createdAt: string
  updatedAt: string
  phase: ProcessPhase
  run: Run | undefined
  remembered: ProcessStateFile
  waitingFor: Dependencies | undefined
  isThrottled: boolean
  isTruncated: boolean
  /** What its tree takes, where somebody has looked. */
  sample: Metrics | undefined
}

/** Makes the answer about a process; what does not apply is absent (CONTRACT §3). */
export function describe(facts: ProcessFacts): ProcessInfo {
  const { definition, createdAt, updatedAt, phase, run } = facts
  return {
    ...definition,
    state: stateOf(facts),
    phase,
    ...(run && { run: run.number }),
    ...lifeOf(facts),
    ...policyOf(facts),
    ...(phase === 'waiting' && facts.waitingFor && { waiting_for: facts.waitingFor }),
    ...(facts.isTruncated && { truncated: true as const }),
    ...(run && isAlive(phase) && isLaunchedOtherwise(run, definition) && { pending_changes: true as const }),
    created_at: createdAt,
    updated_at: updatedAt,
  }
}

/** The state that follows from the newest run and the newest failed start. */
export function stateOf({ phase, run, remembered }: Pick<ProcessFacts, 'phase' | 'run' | 'remembered'>): ProcessState {
  if (isAlive(phase)) return 'Running'
  if (startError(run, remembered)) return 'Failed'
  if (!run?.exit) return 'NotStarted'
  return endState(run.exit.end, run.number, remembered)
}

/** Why a run ended, in words: what the host knows of it, else its exit code or signal. */
export function reasonOfEnd(end: RunEnd, run: number, { verdict }: ProcessStateFile): string {
  return verdict?.run === run ? verdict.reason : endInWords(end)
}

function endState(end: RunEnd, run: number, { verdict, stopped_run: stopped }: ProcessStateFile): 'Stopped' | 'Failed' {
  if (verdict?.run === run && verdict.is_failure) return 'Failed'
  return stateAfter(end, stopped === run)
}

function lifeOf(facts: ProcessFacts): Partial<ProcessInfo> {
  const { phase, run, remembered } = facts
  if (run && isAlive(phase)) return lifeOfRun(run, facts)
  const error = startError(run, remembered)
  if (error) return { error: remembered.restart?.gave_up ?? error.message, failed_at: error.at }
  return run?.exit ? endOfRun(run, run.exit, remembered) : {}
}

function lifeOfRun({ leader, spec }: Run, { sample, isThrottled }: ProcessFacts): Partial<ProcessInfo> {
  return {
    ...(leader.pid > 0 && { pid: leader.pid }),
    started_at: spec.started_at,
    uptime_ms: Math.max(0, Date.now() - Date.parse(spec.started_at)),
    ...(sample && { ports: [...sample.ports], cpu_percent: sample.cpuPercent, memory_bytes: sample.memoryBytes }),
    ...(isThrottled && { throttled: true as const }),
  }
}

function endOfRun(run: Run, { end, at }: RunExit, remembered: ProcessStateFile): Partial<ProcessInfo> {
  const isStopped = endState(end, run.number, remembered) === 'Stopped'
  const error = remembered.restart?.gave_up ?? reasonOfEnd(end, run.number, remembered)
  return {
    ...(isStopped ? { stopped_at: at.toISOString() } : { error, failed_at: at.toISOString() }),
    ...(end.kind === 'code' && { exit_code: end.code }),
    ...(end.kind === 'signal' && { signal: end.signal }),
    ...(remembered.leftovers_run === run.number && { leftovers_ended: true as const }),
  }
}

/** A run that has lasted starts the count afresh, so it is not said of it any more. */
function policyOf({ definition, phase, run, remembered: { restart } }: ProcessFacts): Partial<ProcessInfo> {
  if (!restart || restart.count === 0) return {}
  const ranMs = run && isAlive(phase) ? Date.now() - Date.parse(run.spec.started_at) : 0
  if (definition.restart && ranMs >= definition.restart.reset_after_ms && isAlive(phase)) return {}
  return { restart_count: restart.count, ...(phase === 'backoff' && restart.due !== undefined && { next_restart_at: restart.due }) }
}

/** A start that could not happen counts until a newer run begins. */
function startError(run: Run | undefined, { start_error: error }: ProcessStateFile) {
  return error && error.run >= (run?.number ?? 0) ? error : undefined
}

function isLaunchedOtherwise({ spec }: Run, definition: ProcessDefinition): boolean {
  return changedFields(spec.definition, definition, LAUNCH_FIELDS).length > 0
}
