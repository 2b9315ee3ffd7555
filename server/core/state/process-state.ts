import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Timestamp } from '#shared/schemas/basics'
import { SignalName } from '#shared/schemas/signal'
import { atomicWrite } from './atomic-file'

/** A stop that was begun; the next host finishes it, and what was to follow. */
const StopIntent = z.object({
  run: z.int().positive(),
  /** Absent: as the definition says. */
  signal: SignalName.optional(),
  deadline: Timestamp,
  /** The whole grace, in ms: however the clock was set since, no stop takes longer. */
  grace_ms: z.int().nonnegative().default(5000),
  then: z.enum(['rest', 'start', 'remove', 'policy']),
})
export type StopIntent = z.output<typeof StopIntent>

/** What the restart policy has done so far: how often in a row, when the next start is due, or why there is none any more. */
const RestartState = z.object({
  count: z.int().nonnegative(),
  due: Timestamp.optional(),
  gave_up: z.string().optional(),
})
export type RestartState = z.output<typeof RestartState>

/** A port that a run could not have, and who held it, as far as that could be seen; with an id where it was a process of this host. */
const PortConflict = z.object({
  port: z.int(),
  holder: z.object({ pid: z.int(), command: z.string(), id: z.string().optional() }).optional(),
})
export type PortConflict = z.output<typeof PortConflict>

/** What is said of the end of a run beyond its exit code: the host ended it, or knows why it failed. */
const Verdict = z.object({ run: z.int().positive(), is_failure: z.boolean(), reason: z.string(), conflict: PortConflict.optional() })
export type Verdict = z.output<typeof Verdict>

/** What was wanted of a process and cannot be told from its runs: `processes/<id>/state.json`. */
export const ProcessStateFile = z.object({
  /** Tells this process from an earlier one of the same id: part of every cursor. */
  incarnation: z.string(),
  /** The boot in which a host last looked after it. */
  boot_id: z.string(),
  /** PATH of the last start. */
  path: z.string().optional(),
  /** MCP session that asked for the last start: with \`lifetime: session\` the process ends with it. */
  session: z.string().optional(),
  /** The newest run that was asked to stop. */
  stopped_run: z.int().optional(),
  /** The newest run that a shutdown has stopped. */
  shutdown_run: z.int().optional(),
  /** The newest run whose leader left processes behind. */
  leftovers_run: z.int().optional(),
  intent: StopIntent.optional(),
  verdict: Verdict.optional(),
  restart: RestartState.optional(),
  /** A start is asked for that waits for dependencies. */
  is_waiting: z.literal(true).optional(),
  /** Ports that were assigned, by variable: the next start gets the same. */
  ports: z.record(z.string(), z.int()).optional(),
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
