import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { failure } from '#shared/errors'
import type { CreateProcessRequest, ProcessDefinition } from '#shared/schemas/definition'
import { isExecutableFile } from '../supervise/find-command'
import { checkGlob } from './glob-rules'

/** What only a shell understands, and what to call it. */
const SHELL_CHARACTERS: Record<string, string> = { '|': '"|"', '&': '"&"', ';': '";"', '\n': 'a line break', '`': 'a backtick', '$': '"$"' }

/** Variables that make a program load code that its definition does not show. */
const LOADER_HOOK = /^(?:LD_PRELOAD|LD_AUDIT|DYLD_INSERT_LIBRARIES|BASH_ENV|ENV|BASH_FUNC_.*)$/

/** What a definition may leave out: the caller's project, and the directory the host was started in. */
export interface DefinitionDefaults { project: string | undefined, startDir: string }

/**
 * Checks a definition by the rules of CONTRACT §7 and completes it: `cwd` becomes absolute, `project` the caller's.
 * Throws `UNSAFE_COMMAND`, `UNSAFE_CWD`, `UNSAFE_ENV` or `VALIDATION_FAILED` (a project that is not absolute).
 */
export async function completeDefinition(request: CreateProcessRequest, defaults: DefinitionDefaults): Promise<ProcessDefinition> {
  const project = checkedProject(request.project ?? defaults.project)
  const cwd = absoluteCwd(request.cwd, project ?? defaults.startDir)
  await checkCommand('command', request.command, cwd)
  await checkCommand('stop.command.0', request.stop?.command?.[0], cwd)
  await checkCommand('ready.command.0', request.ready?.command?.[0], cwd)
  refuseLoaderHooks(Object.keys(request.env))
  request.watch?.paths.forEach(glob => checkGlob('watch.paths', glob))
  request.watch?.ignore?.forEach(glob => checkGlob('watch.ignore', glob))
  return { ...request, cwd, ...(project !== undefined && { project }) }
}

/** Throws `UNSAFE_ENV` when one of the variables makes a program load code that its definition does not show. */
export function refuseLoaderHooks(names: readonly string[]): void {
  const hooks = names.filter(name => LOADER_HOOK.test(name))
  if (hooks.length > 0) throw failure('UNSAFE_ENV', { names: hooks })
}

function checkedProject(project: string | undefined): string | undefined {
  if (project === undefined) return undefined
  const reason = !isAbsolute(project) ? 'must be an absolute directory' : hasParentSegment(project) ? 'may not have a ".." segment' : undefined
  if (reason) throw failure('VALIDATION_FAILED', { problems: [{ field: 'project', reason }] })
  return resolve(project)
}

function absoluteCwd(cwd: string | undefined, base: string): string {
  if (cwd === undefined) return base
  if (hasParentSegment(cwd)) throw failure('UNSAFE_CWD', { cwd })
  return cwd === '~' || cwd.startsWith('~/') ? join(homedir(), cwd.slice(1)) : resolve(base, cwd)
}

/** Only a whole segment goes up: `foo..bar` and `[...slug]` are names. */
const hasParentSegment = (path: string) => path.split('/').includes('..')

async function checkCommand(field: string, command: string | undefined, cwd: string): Promise<void> {
  if (command === undefined) return
  const found = [...command].find(character => character in SHELL_CHARACTERS)
  if (found === undefined && command.trim() !== '') return
  if (found === undefined) throw failure('VALIDATION_FAILED', { problems: [{ field, reason: 'may not be blank' }] })
  if (await isExecutableFile(command, cwd)) return
  throw failure('UNSAFE_COMMAND', { command, found: SHELL_CHARACTERS[found] ?? found })
}
