import { toVantageError } from '#shared/errors'
import type { Engine } from './engine'
import type { ManagedProcess } from './managed-process'
import type { Starter } from './starter'

export interface ResumeOptions {
  engine: Engine
  starter: Starter
  /** Removes what belongs to a process, its definition first. */
  forget: (process: ManagedProcess) => Promise<void>
}

/**
 * Goes on with what an earlier host has left undone: a stop and what was to follow, a start that waited; and starts what is to
 * start after a reboot or a shutdown.
 */
export async function resume(process: ManagedProcess, options: ResumeOptions): Promise<void> {
  const { engine, starter } = options
  try {
    const isWanted = await engine.queue.run(process.id, () => finishBegun(process, options))
    if (isWanted) await starter.begin(process.id, {}, 'system')
  }
  catch (thrown) {
    const error = toVantageError(thrown)
    const level = error.code === 'INTERNAL' ? 'error' : 'warn'
    engine.log[level]('process', 'what was begun could not be finished', { id: process.id, reason: error.message })
  }
}

/** Tells whether the process is to be started now. */
async function finishBegun(process: ManagedProcess, { engine, forget }: ResumeOptions): Promise<boolean> {
  const { intent, boot_id: bootId, shutdown_run: shutdownRun, is_waiting: isWaiting } = process.remembered
  const isOtherBoot = bootId !== engine.bootId
  const isBegun = intent !== undefined && intent.run === process.newestRun
  if (isBegun && process.isAlive) {
    const graceMs = Math.max(0, Math.min(Date.parse(intent.deadline) - Date.now(), intent.grace_ms))
    await process.finishStop(intent, graceMs)
  }
  await process.settle()
  if (isBegun && intent.then === 'remove') {
    await forget(process)
    return false
  }
  if (isBegun && intent.then === 'start') return !process.isAlive
  if (isOtherBoot || (shutdownRun !== undefined && shutdownRun === process.newestRun)) {
    return process.definition.auto_start_on_restore && !process.isAlive
  }
  return isWaiting === true && !process.isAlive
}
