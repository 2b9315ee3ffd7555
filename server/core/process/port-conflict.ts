import { Port } from '#shared/schemas/basics'
import type { ProcessDefinition } from '#shared/schemas/definition'
import type { ProcessLog } from '../logs/process-log'
import type { PortConflict } from '../state/process-state'
import { holderOf } from '../supervise/port-holder'
import { portInError, saysInUse } from '../supervise/port-in-error'
import type { Engine } from './engine'
import type { Run } from './run'

const LAST_LINES = 60

/**
 * Finds the port that a run says it could not have, and who holds it: a process of this host by its id too. What cannot be
 * read now (a full disk, say) is told to the host's log, and counts as no conflict.
 */
export async function findPortConflict(engine: Engine, { number, spec }: Run, log: ProcessLog): Promise<PortConflict | undefined> {
  try {
    const { lines } = await log.page({ stream: 'both', lines: LAST_LINES, run: number })
    const texts = lines.map(line => line.text)
    const port = portInError(texts)
    if (port !== undefined) return await conflictAt(engine, port)
    return saysInUse(texts) ? await conflictAmong(engine, portsIn(spec.definition)) : undefined
  }
  catch (error) {
    engine.log.warn('process', 'why a run has failed could not be looked for', { id: spec.definition.id, error })
    return undefined
  }
}

async function conflictAt(engine: Engine, port: number): Promise<PortConflict> {
  const [holder] = await Promise.all([holderOf(engine.os, port), engine.metrics.refresh(0)])
  const id = holder && engine.neighbours.ownerOf(holder.pid)
  return { port, ...(holder && { holder: { ...holder, ...(id !== undefined && { id }) } }) }
}

/** The first of some ports that somebody holds. */
async function conflictAmong(engine: Engine, ports: readonly number[]): Promise<PortConflict | undefined> {
  for (const port of ports) {
    const conflict = await conflictAt(engine, port)
    if (conflict.holder) return conflict
  }
  return undefined
}

type Ported = Pick<ProcessDefinition, 'args' | 'env' | 'assign_ports' | 'ready'>

const MAX_PORTS = 5

/** The ports that a definition speaks of: of its check, of variables named so, and what may be one among its arguments. */
export function portsIn({ args, env, assign_ports: assigned = {}, ready }: Ported): number[] {
  const variables = Object.entries(env).flatMap(([name, value]) => /PORT/i.test(name) ? [value] : [])
  const texts = [ready?.tcp ?? '', ready?.http ?? '', ...variables, ...Object.values(assigned), ...args].map(String)
  const numbers = texts.flatMap(text => text.match(/(?<![\d.])\d{2,5}(?![\d.])/g) ?? []).map(Number)
  return [...new Set(numbers)].filter(port => Port.safeParse(port).success).slice(0, MAX_PORTS)
}
