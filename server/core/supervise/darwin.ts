import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import type { OperatingSystem, ProcessStat } from './operating-system'
import { parseCommands, parseLsof, parsePsTable, PS_COLUMNS } from './ps-table'
import { sendSignal } from './send-signal'

/** Runs a program to its end and gives what it prints, also when it ends with an error: `lsof` does where it finds nothing. */
export type RunProgram = (program: string, args: string[]) => string

/** A run of `ps` costs some 10 ms and tells of all processes: those who ask within this time share it. */
const SHARED_MS = 20

/** Asks `ps` and `lsof`, for there is no /proc. */
export function createDarwin(run: RunProgram = runProgram): OperatingSystem {
  const table = shared(() => new Map(parsePsTable(run('/bin/ps', ['-axo', PS_COLUMNS])).map(stat => [stat.pid, stat])))
  const environments = shared(() => parseCommands(run('/bin/ps', ['-axEwwo', 'pid,command'])))
  const commands = shared(() => parseCommands(run('/bin/ps', ['-axwwo', 'pid,command'])))
  const sockets = shared(() => parseLsof(run('/usr/sbin/lsof', ['-nP', '-iTCP', '-sTCP:LISTEN', '-Fpn'])))
  return {
    bootId: async () => (await promisify(execFile)('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'])).stdout.trim(),
    stat: (pid): ProcessStat | undefined => table().get(pid),
    processes: () => [...table().values()],
    pids: () => [...table().keys()],
    environmentVariable: (pid, name) => environments().get(pid)?.split(' ').findLast(word => word.startsWith(`${name}=`))?.slice(name.length + 1),
    commandLine: pid => commands().get(pid),
    signal: sendSignal,
    signalGroup: (group, signal) => sendSignal(-group, signal),
    // No socket has a name here: who listens on which port stands for it.
    openSocketCount: () => String(performance.now()), // only reading the table would tell
    listeningPorts: async () => new Map(sockets().map(({ pid, port }) => [`${pid}:${port}`, port])),
    openSockets: pid => sockets().flatMap(socket => socket.pid === pid ? [`${pid}:${socket.port}`] : []),
  }
}

/** Nothing is remembered longer than the moment in which it was true for all who asked. */
function shared<T>(read: () => T): () => T {
  let last: { value: T, at: number } | undefined
  return () => {
    if (last && performance.now() - last.at < SHARED_MS) return last.value
    const value = read()
    last = { value, at: performance.now() }
    return value
  }
}

const OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024

function runProgram(program: string, args: string[]): string {
  try {
    return execFileSync(program, args, {
      encoding: 'utf8',
      env: { LC_ALL: 'C', TZ: 'UTC0' },
      maxBuffer: OUTPUT_LIMIT_BYTES,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  }
  catch (error) {
    if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string' && 'status' in error && error.status === 1) return error.stdout
    throw error
  }
}
