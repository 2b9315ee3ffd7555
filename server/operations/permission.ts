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
  { actor, vantage: { processes, settings } }: CallContext,
): void {
  if (operation.effect === 'read' || actor.kind !== 'agent') return
  if (settings.value.agents === 'read_only') throw failure('NOT_PERMITTED', { ids: [] })
  if (namesAgents(input)) throw failure('NOT_PERMITTED', { field: 'agents' })
  const ids = operation.touches(input, processes).filter(id => processes.definitionOf(id)?.agents === 'read_only')
  if (ids.length > 0) throw failure('NOT_PERMITTED', { ids })
}

function namesAgents(input: unknown): boolean {
  return typeof input === 'object' && input !== null && 'agents' in input && input.agents !== undefined
}
