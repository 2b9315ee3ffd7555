import { type ProcessPhase, type ProcessState, isAlive, type RunEnd, stateAfter } from '#shared/lifecycle'
import { LAUNCH_FIELDS, type ProcessDefinition } from '#shared/schemas/definition'
import type { ProcessInfo } from '#shared/schemas/process-info'
import type { ProcessStateFile } from '../state/process-state'
import type { RunExit } from '../supervise/ctl'
import type { Run } from './run'

/** Everything that an answer about a process is made of. */
export interface ProcessFacts {
  definition: ProcessDefinition
  createdAt: string
  updatedAt: string
  phase: ProcessPhase
  run: Run | undefined
  remembered: ProcessStateFile
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
    ...(run && isAlive(phase) && isChanged(definition, run.spec.definition) && { pending_changes: true as const }),
    created_at: createdAt,
    updated_at: updatedAt,
  }
}

/** The state that follows from the newest run and the newest failed start. */
export function stateOf({ phase, run, remembered }: ProcessFacts): ProcessState {
  if (isAlive(phase)) return 'Running'
  if (startError(run, remembered)) return 'Failed'
  if (!run?.exit) return 'NotStarted'
  return stateAfter(run.exit.end, remembered.stopped_run === run.number)
}

function lifeOf({ phase, run, remembered }: ProcessFacts): Partial<ProcessInfo> {
  if (run && isAlive(phase)) {
    const startedAt = run.spec.started_at
    return { pid: run.leader.pid, started_at: startedAt, uptime_ms: Math.max(0, Date.now() - Date.parse(startedAt)) }
  }
  const error = startError(run, remembered)
  if (error) return { error: error.message, failed_at: error.at }
  return run?.exit ? endOfRun(run, run.exit, remembered) : {}
}

function endOfRun(run: Run, { end, at }: RunExit, remembered: ProcessStateFile): Partial<ProcessInfo> {
  const isStopped = stateAfter(end, remembered.stopped_run === run.number) === 'Stopped'
  return {
    ...(isStopped ? { stopped_at: at.toISOString() } : { error: errorOf(end), failed_at: at.toISOString() }),
    ...(end.kind === 'code' && { exit_code: end.code }),
    ...(end.kind === 'signal' && { signal: end.signal }),
    ...(remembered.leftovers_run === run.number && { leftovers_ended: true as const }),
  }
}

function errorOf(end: RunEnd): string {
  if (end.kind === 'code') return `exited with code ${end.code}`
  return end.kind === 'signal' ? `ended by ${end.signal}` : 'exit code lost'
}

/** A start that could not happen counts until a newer run begins. */
function startError(run: Run | undefined, { start_error: error }: ProcessStateFile) {
  return error && error.run >= (run?.number ?? 0) ? error : undefined
}

function isChanged(now: ProcessDefinition, launched: ProcessDefinition): boolean {
  return LAUNCH_FIELDS.some(field => JSON.stringify(sorted(now[field])) !== JSON.stringify(sorted(launched[field])))
}

/** The same fields in another order are the same. */
function sorted(value: object | string | undefined): unknown {
  return typeof value !== 'object' || Array.isArray(value) ? value : Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
}
