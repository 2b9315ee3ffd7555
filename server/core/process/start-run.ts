import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProcessLog } from '../logs/process-log'
import type { SnapshotEntry } from '../state/snapshot-file'
import { createCtl, ctlDirectory, type LeaderFile, type RunSpec } from '../supervise/ctl'
import { type Launched, type LaunchRequest, launch } from '../supervise/launch'
import { lowerScheduling } from '../supervise/scheduling'
import type { Engine } from './engine'
import type { LaunchPlan } from './launch-plan'
import type { Run } from './run'

export interface RunRequest { dir: string, spec: RunSpec, plan: LaunchPlan }

/** Makes the directory of a run in that of its process, with an empty `ctl/`; what an attempt has left there goes. */
export async function emptyRunDirectory(processDir: string, run: number): Promise<string> {
  const dir = join(processDir, 'runs', String(run))
  const created = await mkdir(ctlDirectory(dir), { recursive: true, mode: 0o700 })
  if (created !== undefined && ctlDirectory(dir) !== created) return dir
  await rm(dir, { recursive: true, force: true })
  await mkdir(ctlDirectory(dir), { recursive: true, mode: 0o700 })
  return dir
}

/** What is written down of a run before it begins. */
export function newSpec(bootId: string, run: number, { definition, created_at }: SnapshotEntry): RunSpec {
  return { run, run_id: randomBytes(16).toString('hex'), boot_id: bootId, started_at: new Date().toISOString(), definition, created_at }
}

/**
 * Begins a run in its directory, which exists: its log files, what adoption needs, then the process itself.
 * Throws why it cannot start; nothing of the run is left then.
 */
export async function startRun(engine: Engine, log: ProcessLog, { dir, spec, plan }: RunRequest): Promise<Run> {
  const { run: number } = spec
  const files = await log.begin(number, dir)
  let leaderFile: LeaderFile | undefined
  try {
    leaderFile = await createCtl(dir, spec, engine.launcher().mkfifo)
    const { shimProcess, leader } = await launchIn(engine, { dir, spec, plan }, {
      leaderFile, stdout: files.stdout.fd, stderr: files.stderr.fd,
    })
    void lowerScheduling(leader.pid) // never rejects; where the kernel does not know of it, nothing is to be lowered
    const exited = engine.exits.exitOf({ runDir: dir, leader }, shimProcess)
    return { number, dir, spec, leader, exited, isObserved: true, env: plan.env }
  }
  catch (error) {
    await log.discard(number)
    await rm(dir, { recursive: true, force: true })
    throw error
  }
  finally {
    await Promise.all([files.stdout.close(), files.stderr.close(), leaderFile?.close()])
  }
}

type LaunchFiles = Pick<LaunchRequest, 'leaderFile' | 'stdout' | 'stderr'>

async function launchIn(engine: Engine, { dir, spec, plan }: RunRequest, files: LaunchFiles): Promise<Launched> {
  const { definition, run, run_id: runId } = spec
  return await launch(engine.os, engine.launcher(), {
    runDir: dir,
    command: definition.command,
    args: definition.args,
    env: plan.env,
    marks: { id: definition.id, run, runId },
    cwd: definition.cwd,
    options: { stdin: definition.stdin ?? 'none', output: definition.output ?? 'file', openFiles: definition.limits?.open_files },
    ...files,
  })
}
