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

/** Programs that could be executed, as they were then: permissions and content do not change without the time of change. */
const known = new Map<string, string>()
const MAX_KNOWN = 500

/** Undefined when `file` can be executed, `missing` when there is none, else the reason in words. */
async function whyNotExecutable(file: string): Promise<string | undefined> {
  const info = await stat(file).catch(() => undefined)
  if (!info) return 'missing'
  if (info.isDirectory()) return 'it is a directory'
  if (!info.isFile()) return 'it is not a regular file'
  const state = [info.dev, info.ino, info.size, info.mtimeMs, info.ctimeMs].join(':')
  if (known.get(file) === state) return undefined
  const executable = await access(file, constants.X_OK).then(() => true, () => false)
  if (!executable) return 'it has no execute permission'
  const head = await firstLine(file)
  if (head === undefined) return undefined
  const interpreter = /^#!\s*(\S+)/.exec(head)?.[1]
  return interpreter === undefined ? remember(file, state) : await whyNoInterpreter(interpreter)
}

function remember(file: string, state: string): undefined {
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(file, state)
}

/** A script whose `#!` names a file that is not there fails with a misleading "not found" of its own. */
async function whyNoInterpreter(interpreter: string): Promise<string | undefined> {
  return await access(interpreter, constants.X_OK).then(() => undefined, () => `its interpreter "${interpreter}" is missing`)
}

/** Undefined of what is executable without being readable: a program, then. */
async function firstLine(file: string): Promise<string | undefined> {
  const handle = await open(file, 'r').catch(() => undefined)
  if (!handle) return undefined
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0)
    return buffer.toString('latin1', 0, bytesRead).split('\n', 1)[0] ?? ''
  }
  finally {
    await handle.close()
  }
}
