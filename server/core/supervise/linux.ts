import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { OperatingSystem, ProcessStat } from './operating-system'

/** Reads `/proc` and sends signals with `kill(2)`. */
export const linux: OperatingSystem = {
  bootId: async () => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim(),
  stat: readStat,
  groupMembers: group => readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => readStat(Number(name)) ?? [])
    .filter(stat => stat.group === group),
  hasEnvironment: (pid, entry) => {
    const text = read(`/proc/${pid}/environ`)
    return text !== undefined && text.split('\0').includes(entry)
  },
  signalGroup: (group, signal) => send(-group, signal),
  groupExists: group => send(-group, 0),
}

function readStat(pid: number): ProcessStat | undefined {
  const text = read(`/proc/${pid}/stat`)
  return text === undefined ? undefined : parseStat(text)
}

/** Takes apart a line of `/proc/PID/stat`; the name may hold anything, so fields count from the last ")". */
export function parseStat(line: string): ProcessStat | undefined {
  const close = line.lastIndexOf(')')
  const pid = Number.parseInt(line, 10)
  const [state, , group, session, ...rest] = line.slice(close + 2).trim().split(' ')
  const startTime = rest[15]
  if (close < 0 || !Number.isInteger(pid) || startTime === undefined) return undefined
  return { pid, group: Number(group), session: Number(session), startTime, isZombie: state === 'Z' || state === 'X' }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1')
  }
  catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

/** The process has gone (ENOENT, ESRCH), or it is not ours to look at (EACCES, EPERM). */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(String(error.code))
}

function send(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal)
  }
  catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}
