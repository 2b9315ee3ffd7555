import { readSync } from 'node:fs'
import { type FileHandle, open, rename, stat, writeFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { RunEnd } from '#shared/lifecycle'
import { ProcessDefinition } from '#shared/schemas/definition'
import { Timestamp } from '#shared/schemas/basics'
import { isMissing } from '../state/missing'
import { type Leader, parseLeader } from './leader'
import { makePipes } from './run-pipes'
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

const BLANKS = Buffer.alloc(CTL_FILE_BYTES, ' ')

/** The open file into which the shim writes who leads the run. */
export class LeaderFile {
  readonly #handle: FileHandle

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  /** Gives the leader, or undefined as long as the shim has not written it. What was just written needs no disk. */
  read(): Leader | undefined {
    const data = Buffer.alloc(CTL_FILE_BYTES)
    const line = firstLine(data.toString('latin1', 0, readSync(this.#handle.fd, data, 0, CTL_FILE_BYTES, 0)))
    return line.kind === 'whole' ? parseLeader(line.text) : undefined
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

/** How a run ended, and when: the time of the exit file, to the millisecond. */
export interface RunExit { end: RunEnd, at: Date }

/** The directory in which host and shim tell each other about one run. It holds no log: watching it must be cheap. */
export const ctlDirectory = (runDir: string) => join(runDir, 'ctl')

/**
 * Prepares `ctl/`, which exists and is empty, for the shim: what it will write into, the pipes that the definition asks for,
 * then the spec, which counts only when it is whole. Gives what the shim will write its pid into, so that reading it later
 * cannot fail for want of a file descriptor.
 */
export async function createCtl(runDir: string, spec: RunSpec, mkfifo: string): Promise<LeaderFile> {
  const dir = ctlDirectory(runDir)
  const { stdin, output } = spec.definition
  const isPiped = output === 'pipe'
  const pid = await open(join(dir, 'pid'), 'wx+', 0o600)
  try {
    const files = ['exit', ...(isPiped ? ['drained'] : [])]
    await Promise.all([pid.writeFile(BLANKS), ...files.map(name => writeFile(join(dir, name), BLANKS, { mode: 0o600 }))])
    const pipes = [...(stdin === 'open' ? ['stdin'] : []), ...(isPiped ? ['stdout', 'stderr'] : [])]
    await makePipes(mkfifo, pipes.map(name => join(dir, name)))
    await writeFile(join(dir, 'spec'), JSON.stringify(spec), { mode: 0o600 })
    return new LeaderFile(pid)
  }
  catch (error) {
    await pid.close()
    throw error
  }
}

/** Reads the spec of a run, or undefined when there is none or it is not whole: such a run has never begun. */
export async function readSpec(runDir: string): Promise<RunSpec | undefined> {
  const handle = await openIfThere(join(ctlDirectory(runDir), 'spec'))
  if (!handle) return undefined
  const text = await handle.readFile('utf8').finally(() => handle.close())
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
  return line.kind === 'whole' ? parseLeader(line.text) : undefined
}

/** Reads how a run ended, or undefined as long as the shim has not written it. */
export async function readExit(ctlDir: string): Promise<RunExit | undefined> {
  const file = join(ctlDir, 'exit')
  const line = await readLine(file)
  if (line.kind !== 'whole' || !/^\d+$/.test(line.text)) return undefined
  const { mtime } = await stat(file)
  return { end: toRunEnd(Number(line.text)), at: mtime }
}

/**
 * Takes the files of a run away from a shim that has not recorded a pid: it will then not run its command.
 * Gives the leader when the shim was faster; the run goes on then.
 */
export async function withdrawCtl(
  runDir: string,
  readPid: (ctlDir: string) => Leader | undefined | Promise<Leader | undefined> = readLeader,
): Promise<Leader | undefined> {
  const dir = ctlDirectory(runDir)
  const aside = `${dir}.withdrawn`
  await rename(dir, aside)
  const leader = await readPid(aside)
  if (leader) await rename(aside, dir)
  return leader
}

/** A shell reports a death by signal n as 128 + n; that of a known signal is reported as the signal (CONTRACT §3). */
export function toRunEnd(code: number): RunEnd {
  const signal = Object.entries(constants.signals).find(([, number]) => code === 128 + number)?.[0]
  return signal === undefined ? { kind: 'code', code } : { kind: 'signal', signal }
}

/** What the shim has said in one of its files so far. */
export type CtlLine = { kind: 'missing' | 'blank' } | { kind: 'whole', text: string }

/** Reads a file of the shim: it counts only when its first line is whole; blanks are what was there before. */
export async function readLine(file: string): Promise<CtlLine> {
  const handle = await openIfThere(file)
  if (!handle) return { kind: 'missing' }
  try {
    return firstLine(await handle.readFile('latin1'))
  }
  finally {
    await handle.close()
  }
}

function firstLine(text: string): CtlLine {
  const end = text.indexOf('\n')
  return end < 0 ? { kind: 'blank' } : { kind: 'whole', text: text.slice(0, end) }
}

/** A file that cannot be opened now (EMFILE, say) is not one that is missing: what it tells is not known. */
async function openIfThere(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'r')
  }
  catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
