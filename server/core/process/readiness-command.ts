import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { OperatingSystem } from '../supervise/operating-system'
import { type Probe, TRY_LIMIT_MS } from './readiness-probe'

/** Ready when the program exits 0. It runs in a session of its own, and whatever is left of it is killed with it. */
export const checkCommand: Probe = async ({ rules: { command: [program = '', ...args] = [] }, run: { env, cwd }, os }, signal) => {
  signal.throwIfAborted()
  const child = spawn(program, args, { cwd, env, detached: true, stdio: 'ignore' })
  child.unref()
  if (child.pid === undefined) return `${program} could not be started (${await startError(child)})`
  const group = child.pid
  const kill = () => void os.signalGroup(group, 'SIGKILL')
  let isTooLate = false
  const timer = setTimeout(() => {
    isTooLate = true
    kill()
  }, TRY_LIMIT_MS).unref()
  signal.addEventListener('abort', kill)
  try {
    await once(child, 'exit')
    return isTooLate ? `${program} takes longer than ${TRY_LIMIT_MS} ms` : reasonOf(program, child)
  }
  finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', kill)
    killLeftovers(os, group)
  }
}

/** While members of a group live, no new process gets its number: when one has it, the group has gone. */
function killLeftovers(os: OperatingSystem, group: number): void {
  if (os.stat(group) === undefined) os.signalGroup(group, 'SIGKILL')
}

function reasonOf(program: string, { exitCode, signalCode }: ChildProcess): string | undefined {
  if (exitCode === 0) return undefined
  return exitCode === null ? `${program} was ended by ${signalCode}` : `${program} exits with code ${exitCode}`
}

async function startError(child: ChildProcess): Promise<string> {
  const [error]: unknown[] = await once(child, 'error')
  return error instanceof Error && 'code' in error ? String(error.code) : 'no reason given'
}
