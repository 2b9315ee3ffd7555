import type { ErrorCode } from './errors'

/** The four states of the specification. */
export const STATES = ['NotStarted', 'Running', 'Stopped', 'Failed'] as const
export type ProcessState = (typeof STATES)[number]

/** What a process is doing right now, finer than its state. */
export const PHASES = ['idle', 'waiting', 'starting', 'running', 'ready', 'unready', 'stopping', 'backoff'] as const
export type ProcessPhase = (typeof PHASES)[number]

export type LifecycleAction = 'start' | 'stop' | 'restart' | 'remove' | 'update'

type Rule = 'allowed' | Extract<ErrorCode, 'ALREADY_RUNNING' | 'NOT_RUNNING' | 'PROCESS_RUNNING'>

/** The phases in which a run is alive; in all of them the state is `Running`. */
const ALIVE: readonly ProcessPhase[] = ['starting', 'running', 'ready', 'unready', 'stopping']

const alive = { start: 'ALREADY_RUNNING', stop: 'allowed', restart: 'allowed', remove: 'PROCESS_RUNNING', update: 'allowed' } as const

/** Which action each phase allows, or the code it is refused with (CONTRACT §3, state rules). */
export const LIFECYCLE: { readonly [P in ProcessPhase]: { readonly [A in LifecycleAction]: Rule } } = {
  idle: { start: 'allowed', stop: 'NOT_RUNNING', restart: 'allowed', remove: 'allowed', update: 'allowed' },
  waiting: { start: 'ALREADY_RUNNING', stop: 'allowed', restart: 'allowed', remove: 'allowed', update: 'allowed' },
  starting: alive,
  running: alive,
  ready: alive,
  unready: alive,
  stopping: alive,
  backoff: { start: 'allowed', stop: 'allowed', restart: 'allowed', remove: 'allowed', update: 'allowed' },
}

/** Tells whether `phase` allows `action`: enables a button, and guards the server before the same action. */
export function can(action: LifecycleAction, phase: ProcessPhase): boolean {
  return LIFECYCLE[phase][action] === 'allowed'
}

/** Gives the code that `action` is refused with in `phase`, or undefined where it is allowed. */
export function refusalOf(action: LifecycleAction, phase: ProcessPhase): Exclude<Rule, 'allowed'> | undefined {
  const rule = LIFECYCLE[phase][action]
  return rule === 'allowed' ? undefined : rule
}

/** Tells whether a run is alive in `phase`. */
export function isAlive(phase: ProcessPhase): boolean {
  return ALIVE.includes(phase)
}

/** How a run ended: an exit is a value. `lost`: nobody recorded the code. */
export type RunEnd = { kind: 'code', code: number } | { kind: 'signal', signal: string } | { kind: 'lost' }

/** The state a run ends in: an asked-for stop and exit 0 are `Stopped`, everything else is `Failed`. */
export function stateAfter(end: RunEnd, stopRequested: boolean): Extract<ProcessState, 'Stopped' | 'Failed'> {
  if (stopRequested) return 'Stopped'
  return end.kind === 'code' && end.code === 0 ? 'Stopped' : 'Failed'
}
