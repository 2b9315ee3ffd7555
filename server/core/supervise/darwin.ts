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
  return {
    bootId: async () => (await promisify(execFile)('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'])).stdout.trim(),
    stat: (pid): ProcessStat | undefined => table().get(pid),
    processes: () => [...table().values()],
    pids: () => [...table().keys()],
    environmentVariable: (pid, name) => environments(all => all.has(pid)).get(pid)?.split(' ').findLast(word => word.startsWith(`${name}=`))?.slice(name.length + 1),
    // Nothing yet is not gone: whoever looks for a mark looks again.
    commandLine: pid => commands(all => all.has(pid)).get(pid) ?? (table().has(pid) ? '' : undefined),
    signal: sendSignal,
    signalGroup: (group, signal) => sendSignal(-group, signal),
    groupExists: group => sendSignal(-group, 0),
    listeningSockets: (pids) => {
      if (pids?.length === 0) return []
      const only = pids ? ['-a', '-p', pids.join(',')] : []
      return parseLsof(run('/usr/sbin/lsof', ['-nP', '-iTCP', '-sTCP:LISTEN', '-Fpn', ...only]))
    },
  }
}

/** Each `ps` shows itself: a child of ours in our own group, which no shim is. */
function withoutHelpers(table: Map<number, ProcessStat>): Map<number, ProcessStat> {
  const group = table.get(process.pid)?.group
  return new Map([...table].filter(([, stat]) => stat.parent !== process.pid || stat.group !== group))
}

/** Remembers what was read for so long, or for twice as long as the reading took; a little only where it is not enough. */
function shared<T>(read: () => T, shareMs = SHARED_MS): (isEnough?: (value: T) => boolean) => T {
  let last: { value: T, at: number, tookMs: number } | undefined
  return (isEnough = () => true) => {
    const ageMs = last ? performance.now() - last.at : Infinity
    if (last && ageMs < Math.max(isEnough(last.value) ? shareMs : SHARED_MS, 2 * last.tookMs)) return last.value
    const began = performance.now()
    const value = read()
    last = { value, at: performance.now(), tookMs: performance.now() - began }
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
