import type { z } from 'zod'
import { failure } from '#shared/errors'
import type { CallContext, Operation } from './define'

/**
 * Refuses a call of an agent that would change what is `read_only`: the host, a process it names, one of a group, one that a
 * start would start with it. What agents may do is set by people only.
 * Throws `NOT_PERMITTED`, and `PROCESS_NOT_FOUND` for a group that nobody belongs to.
 */
export function checkPermission<I extends z.ZodType, O extends z.ZodType>(
  operation: Operation<I, O>,
  input: z.output<I>,
  context: CallContext,
): void {
  const { actor, vantage: { processes, settings } } = context
  if (operation.effect === 'read' || actor.kind !== 'agent') return
  if (settings.value.agents === 'read_only') throw failure('NOT_PERMITTED', { ids: [] })
  if (namesAgents(input)) throw failure('NOT_PERMITTED', { field: 'agents' })
  checkTouched(operation.touches(input, processes), context)
}

/** Refuses an agent that would change one of `ids` that is `read_only`: also for what only shows while a call is under way. */
export function checkTouched(ids: readonly string[], { actor, vantage: { processes } }: Pick<CallContext, 'actor' | 'vantage'>): void {
  const closed = ids.filter(id => processes.definitionOf(id)?.agents === 'read_only')
  if (actor.kind === 'agent' && closed.length > 0) throw failure('NOT_PERMITTED', { ids: closed })
}

function namesAgents(input: unknown): boolean {
  return typeof input === 'object' && input !== null && 'agents' in input && input.agents !== undefined
}
