import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ProcessId } from '#shared/schemas/basics'
import { type ProcessStateFile, readProcessState, writeProcessState } from '../state/process-state'
import { RunRecords } from '../state/run-records'
import type { SnapshotEntry } from '../state/snapshot-file'
import type { SnapshotStore } from '../state/snapshot-store'
import { readSpec } from '../supervise/ctl'
import { isAlive } from '../supervise/run-tree'
import type { Engine } from './engine'
import { ManagedProcess } from './managed-process'
import { endOf, findRun, type FoundRun, runNumbers } from './run'

/**
 * Makes the processes that `snapshot.yaml` defines, each with its newest run as it is now. A run that is alive without
 * a definition is taken back with the definition it was started with: nothing that runs is left alone.
 */
export async function loadProcesses(
  engine: Engine,
  { dataDir, snapshot }: { dataDir: string, snapshot: SnapshotStore },
): Promise<ManagedProcess[]> {
  const processesDir = join(dataDir, 'processes')
  await mkdir(processesDir, { recursive: true, mode: 0o700 })
  const names = await readdir(processesDir)
  const { entries } = await snapshot.load()
  const defined = new Set(entries.map(entry => entry.definition.id))
  const strays = await Promise.all(names.filter(name => !defined.has(name)).map(name => takeBack(engine, processesDir, name)))
  const found = strays.flatMap(entry => entry ?? [])
  await Promise.all(found.map(entry => snapshot.commit(entry.definition.id, entry)))
  return await Promise.all([...entries, ...found].map(entry => load(engine, join(processesDir, entry.definition.id), entry)))
}

/** Gives the definition of a directory that nobody defines, where a run of it is alive. */
async function takeBack(engine: Engine, processesDir: string, name: string): Promise<SnapshotEntry | undefined> {
  const dir = join(processesDir, name)
  if (name.startsWith('.removed-')) return void await rm(dir, { recursive: true, force: true })
  if (!ProcessId.safeParse(name).success) return undefined
  const runsDir = join(dir, 'runs')
  const newest = (await runNumbers(runsDir)).at(-1)
  const spec = newest === undefined ? undefined : await readSpec(join(runsDir, String(newest)))
  const run = spec && newest !== undefined ? await findRun(runsDir, newest, engine.bootId) : undefined
  if (run?.kind !== 'open' || !isAlive(engine.os, run.leader)) return undefined
  engine.log.warn('snapshot', `"${name}" runs without a definition; the one it was started with is taken back`)
  return { definition: run.spec.definition, created_at: run.spec.created_at, updated_at: new Date().toISOString(), state: 'Running' }
}

async function load(engine: Engine, dir: string, entry: SnapshotEntry): Promise<ManagedProcess> {
  const runsDir = join(dir, 'runs')
  await mkdir(runsDir, { recursive: true, mode: 0o700 })
  const records = await RunRecords.load(dir)
  const process = new ManagedProcess(engine, { dir, entry, remembered: await stateOf(engine, dir), records })
  const newest = await newestRun(engine, runsDir)
  const numbers = await runNumbers(runsDir)
  const logs = await Promise.all(numbers.map(async (run) => {
    const runDir = join(runsDir, String(run))
    return { run, dir: runDir, endedAt: await endOfRun(run, runDir, newest) }
  }))
  // A damaged record of one log must keep neither its process nor the host from going on.
  await process.log.load(logs).catch(error => engine.log.error('logs', `the log of "${process.id}" cannot be read`, { error }))
  if (newest) process.adopt(newest)
  return process
}

async function stateOf(engine: Engine, dir: string): Promise<ProcessStateFile> {
  const known = await readProcessState(dir)
  if (known) return known
  const made = { incarnation: randomBytes(3).toString('hex'), boot_id: engine.bootId }
  await writeProcessState(dir, made)
  return made
}

/** The newest run that has begun; what never began is removed on the way. */
async function newestRun(engine: Engine, runsDir: string): Promise<FoundRun | undefined> {
  for (const number of (await runNumbers(runsDir)).reverse()) {
    const found = await findRun(runsDir, number, engine.bootId)
    if (found) return found
  }
  return undefined
}

async function endOfRun(run: number, runDir: string, newest: FoundRun | undefined): Promise<Date | undefined> {
  if (run !== newest?.number) return await endOf(runDir) ?? new Date()
  return newest.kind === 'ended' ? newest.exit.at : undefined
}
