import { mkdir, open, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { RunEnd } from '#shared/lifecycle'
import { ProcessDefinition } from '#shared/schemas/definition'
import { Timestamp } from '#shared/schemas/process-info'
import { parseStat } from './linux'
import { CTL_FILE_BYTES } from './shim'

/** What is known of a run before it begins: enough to adopt it without any other file. */
export const RunSpec = z.object({
  run: z.int().positive(),
  run_id: z.string(),
  boot_id: z.string(),
  started_at: Timestamp,
  definition: ProcessDefinition,
  created_at: Timestamp,
})
export type RunSpec = z.output<typeof RunSpec>

/** The leader of a run as the shim has recorded it. */
export interface Leader { pid: number, startTime: string }

/** How a run ended, and when: the time of the exit file, to the millisecond. */
export interface RunExit { end: RunEnd, at: Date }

/** The directory in which host and shim tell each other about one run. It holds no log: watching it must be cheap. */
export const ctlDirectory = (runDir: string) => join(runDir, 'ctl')

/** Prepares `ctl/` for the shim: the spec by rename, then the two files it will write into. */
export async function createCtl(runDir: string, spec: RunSpec): Promise<void> {
  const dir = ctlDirectory(runDir)
  await mkdir(dir, { mode: 0o700 })
  const blanks = ' '.repeat(CTL_FILE_BYTES)
  await Promise.all(['pid', 'exit'].map(name => writeFile(join(dir, name), blanks, { mode: 0o600 })))
  await writeFile(join(dir, 'spec.tmp'), JSON.stringify(spec), { mode: 0o600 })
  await rename(join(dir, 'spec.tmp'), join(dir, 'spec'))
}

/** Reads the spec of a run, or undefined when there is none or it is not whole: such a run has never begun. */
export async function readSpec(runDir: string): Promise<RunSpec | undefined> {
  const text = await readFile(join(ctlDirectory(runDir), 'spec'), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return RunSpec.parse(JSON.parse(text))
  }
  catch {
    return undefined // cut by a crash of the machine
  }
}

/** Reads who leads a run, or undefined as long as the shim has not written it. */
export async function readLeader(ctlDir: string): Promise<Leader | undefined> {
  const line = await readLine(join(ctlDir, 'pid'))
  const stat = line === undefined ? undefined : parseStat(line)
  return stat && { pid: stat.pid, startTime: stat.startTime }
}

/** Reads how a run ended, or undefined as long as the shim has not written it. */
export async function readExit(ctlDir: string): Promise<RunExit | undefined> {
  const file = join(ctlDir, 'exit')
  const line = await readLine(file)
  if (line === undefined || !/^\d+$/.test(line)) return undefined
  const { mtime } = await stat(file)
  return { end: toRunEnd(Number(line)), at: mtime }
}

/**
 * Takes the files of a run away from a shim that has not recorded a pid: it will then not run its command.
 * Gives the leader when the shim was faster; the run goes on then.
 */
export async function withdrawCtl(runDir: string): Promise<Leader | undefined> {
  const dir = ctlDirectory(runDir)
  const aside = `${dir}.withdrawn`
  await rename(dir, aside)
  const leader = await readLeader(aside)
  if (leader) await rename(aside, dir)
  return leader
}

/** A shell reports a death by signal n as 128 + n; that of a known signal is reported as the signal (CONTRACT §3). */
export function toRunEnd(code: number): RunEnd {
  const signal = Object.entries(constants.signals).find(([, number]) => code === 128 + number)?.[0]
  return signal === undefined ? { kind: 'code', code } : { kind: 'signal', signal }
}

/** A file counts only when its first line is whole; blanks are what was there before. */
async function readLine(file: string): Promise<string | undefined> {
  const handle = await open(file, 'r').catch(() => undefined)
  if (!handle) return undefined
  try {
    const text = await handle.readFile('latin1')
    const end = text.indexOf('\n')
    return end < 0 ? undefined : text.slice(0, end)
  }
  finally {
    await handle.close()
  }
}
