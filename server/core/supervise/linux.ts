import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { ListeningSocket, OperatingSystem, ProcessStat } from './operating-system'
import { sendSignal } from './send-signal'

/** Reads `/proc` and sends signals with `kill(2)`. */
export const linux: OperatingSystem = {
  bootId: async () => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim(),
  stat: readStat,
  processes: () => allPids().flatMap(pid => readStat(pid) ?? []),
  environmentVariable: (pid, name) => {
    const entry = read(`/proc/${pid}/environ`)?.split('\0').find(text => text.startsWith(`${name}=`))
    return entry?.slice(name.length + 1)
  },
  commandLine: pid => read(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim(),
  signal: sendSignal,
  signalGroup: (group, signal) => sendSignal(-group, signal),
  groupExists: group => sendSignal(-group, 0),
  listeningSockets,
  pids: allPids,
}

function readStat(pid: number): ProcessStat | undefined {
  const text = read(`/proc/${pid}/stat`)
  return text === undefined ? undefined : parseStat(text)
}

/** Clock ticks of `/proc` per second, and bytes of a page: the same on every Linux that Node.js runs on but for large-page kernels. */
const TICK_MS = 10
const PAGE_BYTES = 4096

/** Takes apart a line of `/proc/PID/stat`; the name may hold anything, so fields count from the last ")". */
export function parseStat(line: string): ProcessStat | undefined {
  const close = line.lastIndexOf(')')
  const pid = Number.parseInt(line, 10)
  const [state, parent, group, session, ...rest] = line.slice(close + 2).trim().split(' ')
  const startTime = rest[15]
  if (close < 0 || !Number.isInteger(pid) || startTime === undefined) return undefined
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startTime,
    isZombie: state === 'Z' || state === 'X',
    isStopped: state === 'T',
    cpuMs: (Number(rest[7]) + Number(rest[8])) * TICK_MS,
    memoryBytes: Number(rest[17]) * PAGE_BYTES,
    ...imageOf(rest),
  }
}

/** Where arguments and environment lie in memory: zeros while a program is being replaced, or where it is not ours. */
function imageOf(rest: string[]): { image?: string } {
  const places = [rest[41], rest[43], rest[44]]
  return places.some(place => place === undefined || place === '0') ? {} : { image: places.join('-') }
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

/** Sockets in the state LISTEN (0A) by inode, then whose file descriptors these inodes are. */
function listeningSockets(pids?: readonly number[]): ListeningSocket[] {
  const ports = new Map<string, number>()
  for (const table of ['tcp', 'tcp6']) {
    for (const row of (read(`/proc/net/${table}`) ?? '').split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = row.trim().split(/\s+/)
      if (state === '0A' && local !== undefined && inode !== undefined) ports.set(`socket:[${inode}]`, Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16))
    }
  }
  if (ports.size === 0) return []
  return (pids ?? allPids()).flatMap(pid => openSockets(pid).flatMap((link) => {
    const port = ports.get(link)
    return port === undefined ? [] : [{ port, pid }]
  }))
}

function allPids(): number[] {
  return readdirSync('/proc').filter(name => /^\d+$/.test(name)).map(Number)
}

function openSockets(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
      const link = readLink(`/proc/${pid}/fd/${descriptor}`)
      return link?.startsWith('socket:') ? [link] : []
    })
  }
  catch (error) {
    if (isGone(error)) return []
    throw error
  }
}

function readLink(file: string): string | undefined {
  try {
    return readlinkSync(file)
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
