import { rm } from 'node:fs/promises'
import { z } from 'zod'
import { STREAMS } from '#shared/schemas/logs'
import { atomicWrite } from '../../state/atomic-file'
import { readIfThere } from '../../state/read-if-there'

const Offset = z.int().nonnegative()
const Level = z.enum(['error', 'warn'])

const OpenError = z.strictObject({
  level: Level,
  rank: z.int(),
  text: z.string(),
  isTraceback: z.boolean(),
  isChained: z.boolean(),
  isPython: z.boolean(),
  causes: z.array(z.string()),
  own: z.array(z.string()),
  notes: z.array(z.string()),
  foreign: Offset,
  blanks: Offset,
  lines: Offset,
  start: Offset,
  end: Offset,
})

/** How far a stream was read. `lines` are those before `read`, whether they were read or taken. */
const ReadStream = z.strictObject({
  read: Offset,
  lines: Offset,
  takenBytes: Offset,
  takenLines: Offset,
  state: z.strictObject({ open: OpenError.optional(), isInLine: z.boolean().optional() }),
})
export type ReadStream = z.output<typeof ReadStream>

const ReadRun = z.strictObject({ run: z.int().positive(), isDone: z.boolean(), stdout: ReadStream, stderr: ReadStream })
export type ReadRun = z.output<typeof ReadRun>

const Place = z.strictObject({
  run: z.int().positive(),
  generation: Offset,
  stream: z.enum(STREAMS),
  /** Offset after the line, and what of the other stream comes before it. */
  end: Offset,
  other: Offset,
  time: z.number(),
  text: z.string(),
})
/** Where an occurrence stands, as far as a cursor needs it, and its text. */
export type Place = z.output<typeof Place>

const KnownGroup = z.strictObject({
  level: Level,
  template: z.string(),
  rank: z.int(),
  count: z.int().positive(),
  first: Place,
  last: Place,
  frames: z.array(z.string()),
  foreign: Offset,
})
export type KnownGroup = z.output<typeof KnownGroup>

/** A change of what is found or kept makes it another version: an older file is built anew from the log. */
const IndexFile = z.strictObject({
  version: z.literal(1),
  incarnation: z.string(),
  runs: z.array(ReadRun),
  groups: z.array(KnownGroup),
  forgotten: Offset,
})
export type IndexFile = z.output<typeof IndexFile>

export const INDEX_FILE = 'errors.json'

/** Gives an index that knows nothing yet. */
export const emptyIndex = (incarnation: string): IndexFile => ({ version: 1, incarnation, runs: [], groups: [], forgotten: 0 })

/** Gives a run of which nothing was read. */
export function unreadRun(run: number): ReadRun {
  const nothing = (): ReadStream => ({ read: 0, lines: 0, takenBytes: 0, takenLines: 0, state: {} })
  return { run, isDone: false, stdout: nothing(), stderr: nothing() }
}

/** Reads what an earlier host has kept. Undefined when there is nothing, or when it cannot be used: the log has it all. */
export async function readIndex(path: string, incarnation: string): Promise<IndexFile | undefined> {
  const text = await readIfThere(path)
  if (text === undefined) return undefined
  const { data } = IndexFile.safeParse(parseJson(text))
  return data?.incarnation === incarnation ? data : undefined
}

/** Replaces the file. After a crash of the machine an older one, or none, leads to the same groups. */
export async function writeIndex(path: string, index: IndexFile): Promise<void> {
  await atomicWrite(path, `${JSON.stringify(index)}\n`, { sync: false })
}

export async function removeIndex(path: string): Promise<void> {
  await rm(path, { force: true })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  }
  catch {
    return undefined // damaged: it is built anew
  }
}
