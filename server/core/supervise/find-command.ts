import { constants } from 'node:fs'
import { access, open, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, resolve } from 'node:path'
import { failure } from '#shared/errors'

/** Where to look: the PATH the process will have, and the directory it will run in. */
export interface CommandPlace { path: string, cwd: string }

/**
 * Finds the file that a command names, as the process itself would find it, and makes sure that it can be executed.
 * Throws `COMMAND_NOT_FOUND` or `COMMAND_NOT_EXECUTABLE`.
 */
export async function findCommand(command: string, { path, cwd }: CommandPlace): Promise<string> {
  const places = command.includes('/')
    ? [resolve(cwd, command)]
    : path.split(delimiter).map(directory => resolve(cwd, directory, command))
  let refused: string | undefined
  for (const file of places) {
    const reason = await whyNotExecutable(file)
    if (reason === undefined) return file
    if (reason !== 'missing') refused ??= reason
  }
  throw refused === undefined
    ? failure('COMMAND_NOT_FOUND', { command, path })
    : failure('COMMAND_NOT_EXECUTABLE', { command, reason: refused })
}

/** Tells whether `command` names an existing executable file by its path: then no character in it is suspicious. */
export async function isExecutableFile(command: string, cwd: string): Promise<boolean> {
  if (!isAbsolute(command) && !command.includes('/')) return false
  return await whyNotExecutable(resolve(cwd, command)) === undefined
}

/** Undefined when `file` can be executed, `missing` when there is none, else the reason in words. */
async function whyNotExecutable(file: string): Promise<string | undefined> {
  const info = await stat(file).catch(() => undefined)
  if (!info) return 'missing'
  if (info.isDirectory()) return 'it is a directory'
  if (!info.isFile()) return 'it is not a regular file'
  const executable = await access(file, constants.X_OK).then(() => true, () => false)
  if (!executable) return 'it has no execute permission'
  return await missingInterpreter(file)
}

/** A script whose `#!` names a file that is not there fails with a misleading "not found" of its own. */
async function missingInterpreter(file: string): Promise<string | undefined> {
  const head = await firstLine(file)
  const interpreter = /^#!\s*(\S+)/.exec(head)?.[1]
  if (interpreter === undefined) return undefined
  return await access(interpreter, constants.X_OK).then(() => undefined, () => `its interpreter "${interpreter}" is missing`)
}

async function firstLine(file: string): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined)
  if (!handle) return '' // executable without being readable: a program, then
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0)
    return buffer.toString('latin1', 0, bytesRead).split('\n', 1)[0] ?? ''
  }
  finally {
    await handle.close()
  }
}
