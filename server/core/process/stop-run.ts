import type { SignalName } from '#shared/schemas/signal'
import type { StopRules } from '#shared/schemas/supervision'
import { runStopCommand } from '../supervise/stop-command'
import { isGoneWithin, terminate } from '../supervise/terminate'
import type { Engine } from './engine'
import { environmentOf } from './launch-plan'
import { groupOf, type Run } from './run'

/** What a caller wants of a stop; the rest is as the definition says. */
export interface StopRequest {
  signal?: SignalName | undefined
  /** How long the process may take before it is killed, in ms. */
  graceMs?: number | undefined
}

export const DEFAULT_STOP: StopRules = { signal: 'SIGTERM', grace_ms: 5000 }

/** How long a stop may take before everything is killed, in ms. */
export function graceOf(rules: StopRules | undefined, { graceMs }: StopRequest): number {
  return graceMs ?? rules?.grace_ms ?? DEFAULT_STOP.grace_ms
}

/** What the definition says, and what the caller wants of it. */
export interface StopPlan { rules?: StopRules | undefined, request: StopRequest }

/**
 * Ends a run with everything it has started: its stop command where it has one and the caller names no signal, else the
 * signal; after the grace SIGKILL. Comes back when all of it has gone.
 */
export async function stopRun(engine: Engine, run: Run, { rules = DEFAULT_STOP, request }: StopPlan): Promise<void> {
  const began = performance.now()
  const graceMs = graceOf(rules, request)
  const isByCommand = rules.command !== undefined && request.signal === undefined
  if (rules.command && isByCommand && await hasStoppedByCommand(engine, run, rules.command, graceMs)) return
  const leftMs = Math.max(0, graceMs - (performance.now() - began))
  const signal = isByCommand && leftMs === 0 ? 'SIGKILL' : request.signal ?? rules.signal
  await terminate(engine.table, groupOf(run), { signal, graceMs: leftMs })
}

async function hasStoppedByCommand(engine: Engine, run: Run, command: string[], graceMs: number): Promise<boolean> {
  const { id, cwd } = run.spec.definition
  const began = performance.now()
  const result = await runStopCommand({ command, env: await environmentOf(engine, run), cwd, limitMs: graceMs })
  if (!result.ok) {
    engine.log.warn('process', `${id}: its stop command failed: ${result.reason}`, { run: run.number, output: result.output })
    return false
  }
  return await isGoneWithin(engine.table, groupOf(run), Math.max(0, graceMs - (performance.now() - began)))
}
