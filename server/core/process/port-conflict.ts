import type { ProcessLog } from '../logs/process-log'
import type { PortConflict } from '../state/process-state'
import { holderOf } from '../supervise/port-holder'
import { portInError } from '../supervise/port-in-error'
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
    const port = portInError(lines.map(line => line.text))
    return port === undefined ? undefined : await conflictAt(engine, port)
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
