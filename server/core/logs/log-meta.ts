import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StreamName } from '#shared/schemas/logs'
import { atomicWrite } from '../state/atomic-file'
import { isMissing } from '../state/missing'

/** What retention has taken from one stream. */
export interface StreamMeta {
  /** Where the first kept line begins. */
  first: number
  /** Lines lost before it. */
  firstLines: number
  /** Size of the file when it was removed as a whole. */
  removedSize: number | undefined
}

/** What must be known about the files of a run before they can be read; only written when retention acts. */
export interface LogMeta extends Record<StreamName, StreamMeta> {
  generation: number
}

export const LOG_META_FILE = 'log.json'
export const NOTHING_LOST: StreamMeta = { first: 0, firstLines: 0, removedSize: undefined }

/** Reads what retention has left on record in the run's directory; without a record nothing was lost. */
export async function readLogMeta(dir: string): Promise<LogMeta> {
  const text = await readText(join(dir, LOG_META_FILE))
  if (text === undefined) return { generation: 0, stdout: NOTHING_LOST, stderr: NOTHING_LOST }
  const raw: unknown = JSON.parse(text)
  return { generation: numberIn(raw, 'generation') ?? 0, stdout: toStreamMeta(raw, 'stdout'), stderr: toStreamMeta(raw, 'stderr') }
}

/** Replaces the record as a whole, on the disk before it answers: a hole without it would read as NULs. */
export async function writeLogMeta(dir: string, { generation, stdout, stderr }: LogMeta): Promise<void> {
  const fields = ({ first, firstLines, removedSize }: StreamMeta) => ({ first, first_lines: firstLines, removed_size: removedSize })
  const text = JSON.stringify({ generation, stdout: fields(stdout), stderr: fields(stderr) })
  await atomicWrite(join(dir, LOG_META_FILE), `${text}\n`, { sync: true })
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  }
  catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function toStreamMeta(raw: unknown, name: StreamName): StreamMeta {
  const part = fieldIn(raw, name)
  return { first: numberIn(part, 'first') ?? 0, firstLines: numberIn(part, 'first_lines') ?? 0, removedSize: numberIn(part, 'removed_size') }
}

function numberIn(raw: unknown, key: string): number | undefined {
  const value = fieldIn(raw, key)
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

function fieldIn(raw: unknown, key: string): unknown {
  return typeof raw === 'object' && raw !== null ? Object.entries(raw).find(([name]) => name === key)?.[1] : undefined
}
