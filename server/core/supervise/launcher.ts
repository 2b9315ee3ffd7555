import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { failure } from '#shared/errors'

/**
 * How runs are launched on a system, with the programs that it takes by absolute path: the environment of a process may
 * replace PATH.
 */
export type Launcher = { shell: string, cat: string, mkfifo: string } & (
  /** The run leads a session of its own. */
  | { kind: 'session', setsid: string }
  /** There is no `setsid` program and no /proc: run and shim share a group, `ps` tells the start time. */
  | { kind: 'group', ps: string }
)

/** Gives the path of a program that Vantage itself needs. Throws `INTERNAL`, naming the package it comes with. */
export function findProgram(name: string, { path, origin }: { path: string, origin: string }): string {
  const directories = ['/usr/bin', '/bin', ...path.split(delimiter)]
  const found = directories.map(directory => join(directory, name)).find(file => existsSync(file))
  if (found === undefined) throw failure('INTERNAL', { reason: `The program "${name}" (${origin}) was not found on PATH.` })
  return found
}
