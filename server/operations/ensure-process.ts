import { z } from 'zod'
import { failure } from '#shared/errors'
import { CreateProcessRequest, WishedDefinition } from '#shared/schemas/definition'
import { ProcessInfo } from '#shared/schemas/process-info'
import { parseInput } from '#shared/validation'
import type { Ensured } from '../core/process/ensure'
import { defineOperation, type Told } from './define'
import { findUrl } from './find-url'
import { checkTouched } from './permission'
import { DEFINITION_ERRORS, LAUNCH_ERRORS } from './refusals'
import { refreshMetrics } from './refresh-metrics'
import { waitFields } from './wait'

/** A port that a process could not have, and who holds it. */
const PortConflict = z.strictObject({
  port: z.int(),
  holder: z.strictObject({ pid: z.int(), command: z.string(), id: z.string().optional() }).optional(),
})

/** A process as wished: what was done for it, how far it has got, and how long that took since its start. */
export const EnsuredProcess = z.strictObject({
  did: z.array(z.enum(['created', 'updated', 'started', 'restarted'])),
  /** One field each, in words; of an environment only names. */
  changes: z.array(z.string()),
  stage: z.enum(['ready', 'listening', 'running', 'ended', 'timed_out']),
  ready_after_ms: z.int().nonnegative().optional(),
  process: ProcessInfo,
  url: z.string().optional(),
  conflict: PortConflict.optional(),
})
export type EnsuredProcess = z.output<typeof EnsuredProcess>

export const ensureProcess = defineOperation({
  name: 'ensure_process',
  description: 'Creates, updates, starts or restarts a process, only where needed, and waits until it is ready. Answers with URL, ports and pid, or why it failed and who holds its port. Fields as in create_process; id alone: as defined, or as in vantage.yaml.',
  effect: 'define',
  errors: ['PROCESS_NOT_FOUND', 'OTHER_PROJECT', 'SNAPSHOT_INVALID', ...DEFINITION_ERRORS, ...LAUNCH_ERRORS],
  input: WishedDefinition.extend({ wait: z.literal('ready', 'can only be "ready"').optional(), timeout_ms: waitFields.timeout_ms }),
  output: EnsuredProcess,
  touches: ({ id, depends_on: dependencies }, processes) => [id, ...processes.startedWith(id, dependencies)],
  async handler({ wait: _always, timeout_ms: timeoutMs, ...wish }, { vantage, actor, caller, signal, tell }) {
    const { processes } = vantage
    const permit = (ids: readonly string[]) => checkTouched(ids, { actor, vantage })
    const ensured = await processes.ensure({ id: wish.id, definition: toDefinition(wish), permit }, caller)
    const { id, did, changes } = ensured
    tell(toTold(ensured, processes.get(id).pid))
    const { process, stage } = await processes.untilUp(id, { timeoutMs, signal })
    const isUp = stage === 'ready' || stage === 'listening' || stage === 'running'
    if (isUp) await refreshMetrics(vantage, { maxAgeMs: 0, maxWaitMs: 1000 }) // a port may be a moment old
    const now = isUp ? processes.get(id) : process
    const conflict = isUp ? undefined : await processes.portConflict(id)
    const url = isUp ? await findUrl(vantage, now) : undefined
    const isNew = did.includes('started') || did.includes('restarted')
    const readyAfterMs = stage === 'ready' || stage === 'listening' ? process.uptime_ms : undefined
    return {
      did,
      changes,
      stage,
      process: now,
      ...(url !== undefined && { url }),
      ...(isNew && readyAfterMs !== undefined && { ready_after_ms: readyAfterMs }),
      ...(conflict && { conflict }),
    }
  },
})

/** The fields that are given are the whole wish, as in a creation; an id alone wishes for nothing else than there is. */
function toDefinition(wish: WishedDefinition): CreateProcessRequest | undefined {
  const given = Object.entries(wish).filter(([field, value]) => field !== 'id' && value !== undefined)
  if (given.length === 0) return undefined
  if (wish.command !== undefined) return parseInput(CreateProcessRequest, wish)
  const reason = 'is needed with other fields: they are the whole definition; update_process changes some, id alone runs it as defined'
  throw failure('VALIDATION_FAILED', { problems: [{ field: 'command', reason }] })
}

function toTold({ id, did, before }: Ensured, pid: number | undefined): Told {
  const deeds = did.length > 0 ? did.join(' and ') : 'looked after'
  const path = `/api/processes/${encodeURIComponent(id)}`
  return {
    summary: `${deeds.charAt(0).toUpperCase()}${deeds.slice(1)} ${id}${pid === undefined ? '' : ` (pid ${pid})`}`,
    processId: id,
    ...(did.includes('created')
      ? { undo: { method: 'DELETE', path: `${path}?force=true` } }
      : before
        ? { undo: { method: 'PUT', path, body: before } }
        : did.includes('started') && { undo: { method: 'POST', path: `${path}/stop` } }),
  }
}
