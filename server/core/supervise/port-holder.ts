import { inTurns } from './scan'
import type { SystemTables } from './operating-system'

/** Who listens on a port; `id` when it belongs to a process of this host. */
export interface PortHolder { pid: number, command: string, id?: string | undefined }

const COMMAND_LENGTH = 80

type Tables = Pick<SystemTables, 'listeningPorts' | 'openSockets' | 'pids' | 'commandLine'>

/** Looks for the process that listens on a TCP port; undefined when nobody does, or when it is not ours to look at. */
export async function holderOf(system: Tables, port: number): Promise<PortHolder | undefined> {
  const ports = await system.listeningPorts()
  const inodes = new Set([...ports].flatMap(([inode, each]) => each === port ? [inode] : []))
  if (inodes.size === 0) return undefined
  for await (const pid of inTurns(system.pids().sort((a, b) => a - b))) {
    if (!system.openSockets(pid).some(inode => inodes.has(inode))) continue
    const command = system.commandLine(pid)
    if (command !== undefined) return { pid, command: oneLine(command) }
  }
  return undefined
}

/** Says in one sentence, without a full stop, who holds a port that a process wanted. */
export function portConflict(port: number, holder: PortHolder | undefined): string {
  if (!holder) return `port ${port} was in use; who held it cannot be seen`
  const { id, pid, command } = holder
  if (id !== undefined) return `port ${port} is held by "${id}" (pid ${pid})`
  return `port ${port} is held by pid ${pid}${command === '' ? '' : ` (${oneLine(command)})`}`
}

/** Control characters have no place in a sentence: a command line may hold anything. */
function oneLine(command: string): string {
  const text = command.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  return text.length <= COMMAND_LENGTH ? text : `${text.slice(0, COMMAND_LENGTH - 1)}…`
}
