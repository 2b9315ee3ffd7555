import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import type { OperatingSystem, ProcessStat } from './operating-system'
import { parseCommands, parseLsof, parsePsTable, PS_COLUMNS } from './ps-table'
import { sendSignal } from './send-signal'

/** Runs a program to its end and gives what it prints, also when it ends with an error: `lsof` does where it finds nothing. */
export type RunProgram = (program: string, args: string[]) => string

/** A run of `ps` costs some 10 ms and tells of all processes: those who ask within this time share it. */
const SHARED_MS = 20
/** What stands behind a pid hardly changes; one that is not known yet is looked up at once. */
const SHARED_WORDS_MS = 200

/** Asks `ps` and `lsof`, for there is no /proc. */
export function createDarwin(run: RunProgram = runProgram): OperatingSystem {
  const table = shared(() => withoutHelpers(new Map(parsePsTable(run('/bin/ps', ['-axo', PS_COLUMNS])).map(stat => [stat.pid, stat]))))
  const environments = shared(() => parseCommands(run('/bin/ps', ['-axEwwo', 'pid,command'])), SHARED_WORDS_MS)
  const commands = shared(() => parseCommands(run('/bin/ps', ['-axwwo', 'pid,command'])), SHARED_WORDS_MS)
  const sockets = shared(() => parseLsof(run('/usr/sbin/lsof', ['-nP', '-iTCP', '-sTCP:LISTEN', '-Fpn'])))
  return {
    bootId: async () => (await promisify(execFile)('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'])).stdout.trim(),
    stat: (pid): ProcessStat | undefined => table.recent().get(pid) ?? table.fresh().get(pid),
    processes: () => [...table.recent().values()],
    pids: () => [...table.fresh().keys()],
    environmentVariable: (pid, name) => environments.recent(all => all.has(pid)).get(pid)?.split(' ').findLast(word => word.startsWith(`${name}=`))?.slice(name.length + 1),
    // Nothing yet is not gone: whoever looks for a mark looks again.
    commandLine: pid => commands.recent(all => all.has(pid)).get(pid) ?? (table.recent().has(pid) ? '' : undefined),
    signal: sendSignal,
    signalGroup: (group, signal) => sendSignal(-group, signal),
    // No socket has a name here: who listens on which port stands for it.
    openSocketCount: () => String(performance.now()), // only reading the table would tell
    listeningPorts: async () => new Map(sockets.recent().map(({ pid, port }) => [`${pid}:${port}`, port])),
    openSockets: pid => sockets.recent().flatMap(socket => socket.pid === pid ? [`${pid}:${socket.port}`] : []),
  }
}

/** Each `ps` shows itself: a child of ours in our own group, which no shim is. */
function withoutHelpers(table: Map<number, ProcessStat>): Map<number, ProcessStat> {
  const group = table.get(process.pid)?.group
  return new Map([...table].filter(([, stat]) => stat.parent !== process.pid || stat.group !== group))
}

interface Shared<T> {
  /** What was read within the time to share it, or within twice what the reading took; a little only where it is not enough. */
  recent: (isEnough?: (value: T) => boolean) => T
  /** What is read now: only a reading that began after the question can tell that something is not there. */
  fresh: () => T
}

function shared<T>(read: () => T, shareMs = SHARED_MS): Shared<T> {
  let last: { value: T, at: number, tookMs: number } | undefined
  const fresh = () => {
    const began = performance.now()
    const value = read()
    last = { value, at: performance.now(), tookMs: performance.now() - began }
    return value
  }
  const recent = (isEnough: (value: T) => boolean = () => true) => {
    const ageMs = last ? performance.now() - last.at : Infinity
    return last && ageMs < Math.max(isEnough(last.value) ? shareMs : SHARED_MS, 2 * last.tookMs) ? last.value : fresh()
  }
  return { recent, fresh }
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
