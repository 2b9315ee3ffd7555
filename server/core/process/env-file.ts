import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parse } from 'dotenv'
import { failure, type VantageError } from '#shared/errors'
import { Argument, EnvName } from '#shared/schemas/basics'
import type { EnvFiles } from '#shared/schemas/supervision'
import { refuseLoaderHooks } from '../rules/definition-rules'
import { expandVariables } from './expand-variables'

const MAX_BYTES = 1024 * 1024

export interface EnvFileOptions {
  /** Where relative paths begin. */
  cwd: string
  /** What `$NAME` may refer to besides the files themselves. */
  inherited: Readonly<Record<string, string>>
}

/**
 * Reads dotenv files; of several the later ones win. `$NAME` and `${NAME}` stand for what the files have set before, else
 * for what is inherited. Quotes, comments, `export` and values over several lines are those of dotenv.
 * Throws `VALIDATION_FAILED` (field `env_file`) with the path for a file that cannot be read and for what is no variable,
 * `UNSAFE_ENV` for loader hooks.
 */
export async function readEnvFiles(files: EnvFiles, { cwd, inherited }: EnvFileOptions): Promise<Record<string, string>> {
  const found = new Map<string, string>()
  let left = MAX_BYTES
  for (const file of typeof files === 'string' ? [files] : files) {
    const path = resolve(cwd, file)
    for (const [name, raw] of await readEntries(path)) {
      const value = expandVariables(raw, wanted => found.get(wanted) ?? inherited[wanted], left)
      if (value === undefined) throw refusal(path, `with "${name}" the values are larger than 1 MiB together`)
      if (!Argument.safeParse(value).success) throw refusal(path, `the value of "${name}" must be shorter than 128 KiB`)
      left -= value.length
      found.set(name, value)
    }
  }
  return Object.fromEntries(found)
}

async function readEntries(path: string): Promise<[string, string][]> {
  // The default parser of dotenv takes 6 s for 32 KB of blank lines, this one 0.1 s for 1 MiB.
  const entries = Object.entries(parse(await readText(path), { fast: true }))
  const wrong = entries.find(([name]) => !EnvName.safeParse(name).success)
  if (wrong) throw refusal(path, `"${wrong[0]}" must be a name of letters, digits and "_" that does not begin with a digit`)
  refuseLoaderHooks(entries.map(([name]) => name))
  return entries
}

const REASONS: Record<string, string> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'it does not exist',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
  ENXIO: 'it is not a regular file',
}

async function readText(path: string): Promise<string> {
  let handle: FileHandle | undefined
  try {
    // Without O_NONBLOCK the opening of a FIFO would wait for a writer.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    return toText(await readRegular(handle, path), path)
  }
  catch (error) {
    if (!(error instanceof Error && 'syscall' in error && 'code' in error)) throw error
    const code = String(error.code)
    throw refusal(path, REASONS[code] ?? `it cannot be read (${code})`, error)
  }
  finally {
    await handle?.close()
  }
}

async function readRegular(handle: FileHandle, path: string): Promise<Buffer> {
  if (!(await handle.stat()).isFile()) throw refusal(path, 'it is not a regular file')
  const buffer = Buffer.alloc(MAX_BYTES + 1)
  let size = 0
  for (let bytesRead = -1; bytesRead !== 0 && size < buffer.length; size += bytesRead) {
    ({ bytesRead } = await handle.read(buffer, size))
  }
  if (size > MAX_BYTES) throw refusal(path, 'it is larger than 1 MiB')
  return buffer.subarray(0, size)
}

function toText(bytes: Buffer, path: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (!text.includes('\0')) return text
  }
  catch (cause) {
    throw refusal(path, 'it is not text in UTF-8', cause)
  }
  throw refusal(path, 'it has a NUL character')
}

function refusal(path: string, reason: string, cause?: unknown): VantageError {
  return failure('VALIDATION_FAILED', { problems: [{ field: 'env_file', reason: `${path}: ${reason}` }] }, cause)
}
