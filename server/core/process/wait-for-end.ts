import { isAlive } from '#shared/lifecycle'
import type { ProcessInfo } from '#shared/schemas/process-info'
import type { EventHub } from '../events'

/** The run that a process has now, or its newest one where it rests; undefined while the next one is still to come. */
export function currentRun({ phase, run }: ProcessInfo): number | undefined {
  return isAlive(phase) || phase === 'idle' ? run : undefined
}

/** Tells whether a run has ended, as far as a look at its process says; without a run, whether there is none to come. */
export function isOver({ phase, run }: ProcessInfo, awaited: number | undefined): boolean {
  if (phase === 'idle') return true
  return awaited !== undefined && (!isAlive(phase) || run !== awaited)
}

/** Waits until the run that a process has now, or is about to get, has ended, or until `end` aborts; gives that run. */
export async function waitForEnd(events: EventHub, look: () => ProcessInfo, end: AbortSignal) {
  let run: number | undefined
  for (;;) {
    const process = look()
    run ??= currentRun(process)
    // A pause before a restart is the end of a run, too.
    if (isOver(process, run) || process.phase === 'backoff') return { process, run: run ?? process.run, stage: 'ended' as const }
    if (end.aborted) return { process, run, stage: 'timed_out' as const }
    await events.next(end)
  }
}
