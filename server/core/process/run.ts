import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ctlDirectory, readExit, readLeader, readSpec, type RunExit, type RunSpec, withdrawCtl } from '../supervise/ctl'
import type { Leader } from '../supervise/leader'
import type { RunGroup } from '../supervise/run-tree'

/** One run of a process: begun, and perhaps ended. */
export interface Run {
  readonly number: number
  readonly dir: string
  readonly spec: RunSpec
  readonly leader: Leader
  /** Resolves with how the run ended. */
  readonly exited: Promise<RunExit>
  /** This host has seen the leader alive. */
  readonly isObserved: boolean
  /** What it was launched with, but for the marks; unknown of a run that was adopted. */
  readonly env?: Record<string, string> | undefined
  /** Set once the end was dealt with. */
  exit?: RunExit | undefined
}

/** The processes of a run, as far as its leader tells them from others. */
export function groupOf(run: Run): RunGroup {
  return { ...run.leader, runId: run.spec.run_id, isObserved: run.isObserved }
}

/** What is left of a run on the disk when a host starts. */
export type FoundRun
  = | { kind: 'ended', number: number, dir: string, spec: RunSpec, leader: Leader | undefined, exit: RunExit }
    | { kind: 'open', number: number, dir: string, spec: RunSpec, leader: Leader }

/** A host that died between two steps of a start may have left a shim that still has to write its pid, in ms. */
const LATE_SHIM_MS = 1500

/** The numbers of the runs that have a directory, ascending. */
export async function runNumbers(runsDir: string): Promise<number[]> {
  const names = await readdir(runsDir).catch(() => [])
  return names.filter(name => /^[1-9]\d*$/.test(name)).map(Number).sort((a, b) => a - b)
}

/** When an older run ended, by the time of its exit file; undefined where nobody recorded it. */
export async function endOf(runDir: string): Promise<Date | undefined> {
  return (await stat(join(ctlDirectory(runDir), 'exit')).catch(() => undefined))?.mtime
}

/**
 * Finds out what became of a run: it ended with a code, or it has a leader that may live. A run that never began is
 * removed, and undefined.
 */
export async function findRun(runsDir: string, number: number, bootId: string): Promise<FoundRun | undefined> {
  const dir = join(runsDir, String(number))
  const spec = await readSpec(dir)
  if (spec && spec.boot_id !== bootId) return await ofEarlierBoot({ number, dir, spec })
  const leader = spec && (await readLeader(ctlDirectory(dir)) ?? await lateLeader(dir))
  const exit = spec && await readExit(ctlDirectory(dir))
  if (spec && exit) return { kind: 'ended', number, dir, spec, leader, exit }
  if (spec && leader) return { kind: 'open', number, dir, spec, leader }
  await rm(dir, { recursive: true, force: true })
  return undefined
}

/** A run of an earlier boot is not alive, whatever its pid says now. Without a code, its last word tells when it ended. */
async function ofEarlierBoot(run: { number: number, dir: string, spec: RunSpec }): Promise<FoundRun> {
  const ctl = ctlDirectory(run.dir)
  const exit = await readExit(ctl) ?? { end: { kind: 'lost' }, at: await lastWrite(run) }
  return { kind: 'ended', ...run, leader: await readLeader(ctl), exit }
}

async function lastWrite({ dir, spec }: { dir: string, spec: RunSpec }): Promise<Date> {
  const files = ['stdout.log', 'stderr.log'].map(name => stat(join(dir, name)).then(info => info.mtimeMs, () => 0))
  return new Date(Math.max(Date.parse(spec.started_at), ...await Promise.all(files)))
}

/** Waits for a shim that is still on its way; one that comes later finds its files gone and does not run its command. */
async function lateLeader(dir: string): Promise<Leader | undefined> {
  const ctl = ctlDirectory(dir)
  const end = performance.now() + LATE_SHIM_MS
  while (performance.now() < end) {
    const leader = await readLeader(ctl)
    if (leader || await readExit(ctl)) return leader
    await sleep(20)
  }
  return await withdrawCtl(dir)
}
