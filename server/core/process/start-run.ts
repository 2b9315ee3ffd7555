import { rm, stat } from 'node:fs/promises'
import { failure } from '#shared/errors'
import type { ProcessDefinition } from '#shared/schemas/definition'
import type { ProcessLog } from '../logs/process-log'
import { createCtl, type RunSpec } from '../supervise/ctl'
import { runEnvironment } from '../supervise/environment'
import { findCommand } from '../supervise/find-command'
import { launch } from '../supervise/launch'
import type { Engine } from './engine'
import type { Run } from './run'

/** Makes sure that a start can happen. Throws `CWD_NOT_FOUND`, `COMMAND_NOT_FOUND` or `COMMAND_NOT_EXECUTABLE`. */
export async function prepareLaunch({ command, cwd }: ProcessDefinition, path: string): Promise<void> {
  const info = await stat(cwd).catch(() => undefined)
  if (!info) throw failure('CWD_NOT_FOUND', { cwd, reason: 'it does not exist' })
  if (!info.isDirectory()) throw failure('CWD_NOT_FOUND', { cwd, reason: 'it is not a directory' })
  await findCommand(command, { path, cwd })
}

export interface RunRequest { dir: string, spec: RunSpec, path: string }

/**
 * Begins a run in its directory, which exists: its log files, what adoption needs, then the process itself.
 * Throws why it cannot start; nothing of the run is left then.
 */
export async function startRun(engine: Engine, log: ProcessLog, { dir, spec, path }: RunRequest): Promise<Run> {
  const { definition, run: number, run_id: runId } = spec
  const files = await log.begin(number, dir)
  try {
    await createCtl(dir, spec, engine.launcher().mkfifo)
    const env = runEnvironment(engine.environment, { path, env: definition.env })
    const { shimProcess, leader } = await launch(engine.os, engine.launcher(), {
      runDir: dir,
      command: definition.command,
      args: definition.args,
      env,
      marks: { id: definition.id, run: number, runId },
      cwd: definition.cwd,
      options: { stdin: definition.stdin ?? 'none', output: definition.output ?? 'file', openFiles: definition.limits?.open_files },
      stdout: files.stdout.fd,
      stderr: files.stderr.fd,
    })
    const exited = engine.exits.exitOf({ runDir: dir, leader }, shimProcess)
    return { number, dir, spec, leader, exited, isObserved: true }
  }
  catch (error) {
    await log.discard(number)
    await rm(dir, { recursive: true, force: true })
    throw error
  }
  finally {
    await Promise.all([files.stdout.close(), files.stderr.close()])
  }
}
