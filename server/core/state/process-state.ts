import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Timestamp } from '#shared/schemas/basics'
import { SignalName } from '#shared/schemas/signal'
import { atomicWrite } from './atomic-file'

/** A stop that was begun; the next host finishes it, and what was to follow. */
const StopIntent = z.object({
  run: z.int().positive(),
  signal: SignalName,
  deadline: Timestamp,
  then: z.enum(['rest', 'start', 'remove']),
})

/** What was wanted of a process and cannot be told from its runs: `processes/<id>/state.json`. */
export const ProcessStateFile = z.object({
  /** Tells this process from an earlier one of the same id: part of every cursor. */
  incarnation: z.string(),
  /** The boot in which a host last looked after it. */
  boot_id: z.string(),
  /** PATH of the last start. */
  path: z.string().optional(),
  /** The newest run that was asked to stop. */
  stopped_run: z.int().optional(),
  /** The newest run that a shutdown has stopped. */
  shutdown_run: z.int().optional(),
  /** The newest run whose leader left processes behind. */
  leftovers_run: z.int().optional(),
  intent: StopIntent.optional(),
  /** Why the last start could not happen, after run `run` (0: before the first). */
  start_error: z.object({ run: z.int(), message: z.string(), at: Timestamp }).optional(),
})
export type ProcessStateFile = z.output<typeof ProcessStateFile>

const fileIn = (processDir: string) => join(processDir, 'state.json')

/** Reads the state of a process, or undefined when it is missing or damaged: it is then made anew. */
export async function readProcessState(processDir: string): Promise<ProcessStateFile | undefined> {
  const text = await readFile(fileIn(processDir), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return ProcessStateFile.parse(JSON.parse(text))
  }
  catch {
    return undefined
  }
}

/** Writes the state so that it survives the end of the host. Throws the error of the file system. */
export async function writeProcessState(processDir: string, state: ProcessStateFile): Promise<void> {
  await atomicWrite(fileIn(processDir), JSON.stringify(state), { sync: false })
}
