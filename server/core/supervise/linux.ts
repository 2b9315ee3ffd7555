import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import type { OperatingSystem, ProcessStat } from './operating-system'
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
  pids: allPids,
  openSocketCount: () => ['sockstat', 'sockstat6'].map(table => /^TCP6?: inuse \d+/m.exec(read(`/proc/net/${table}`) ?? '')?.[0]).join(),
  listeningPorts,
  openSockets,
}

/** One buffer for all: this is read for every process of the machine, and `readFileSync` takes twice the time. */
const statLine = Buffer.allocUnsafe(2048)

function readStat(pid: number): ProcessStat | undefined {
  const bytes = withFile(`/proc/${pid}/stat`, fd => readSync(fd, statLine, 0, statLine.length, 0))
  return bytes === undefined ? undefined : parseStat(statLine.toString('latin1', 0, bytes))
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
    endedChildrenCpuMs: (Number(rest[9]) + Number(rest[10])) * TICK_MS,
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

const SOCKET_TABLES = ['/proc/net/tcp', '/proc/net/tcp6']

async function listeningPorts(): Promise<Map<string, number>> {
  const tables = await Promise.all(SOCKET_TABLES.map(readListening))
  return new Map(tables.flatMap(parseListening))
}

/** Takes the port and the inode of each row in the state LISTEN (0A). */
function parseListening(table: string): [inode: string, port: number][] {
  return table.split('\n').slice(1).flatMap((row) => {
    const [, local, , state, , , , , , inode] = row.trim().split(/\s+/)
    if (state !== LISTEN || local === undefined || inode === undefined) return []
    return [[inode, Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16)]]
  })
}

const LISTEN = '0A'
const SOME_ROWS_BYTES = 16_384

/** The kernel lists the listening sockets first: the thousands of connections of a busy machine are not read. */
async function readListening(file: string): Promise<string> {
  const handle = await open(file).catch(absent)
  if (!handle) return '' // a kernel without IPv6 has no tcp6
  try {
    const block = Buffer.allocUnsafe(SOME_ROWS_BYTES)
    let text = ''
    for (let { bytesRead } = await handle.read(block); bytesRead > 0; { bytesRead } = await handle.read(block)) {
      text += block.toString('latin1', 0, bytesRead)
      if (hasOtherState(text)) break
    }
    return text.slice(0, text.lastIndexOf('\n') + 1)
  }
  finally {
    await handle.close()
  }
}

/** Tells whether the last whole row is of a socket that does not listen. */
function hasOtherState(text: string): boolean {
  const [, , , state] = (text.split('\n').at(-2) ?? '').trim().split(/\s+/)
  return state !== undefined && /^[\dA-F]{2}$/.test(state) && state !== LISTEN
}

function allPids(): number[] {
  return readdirSync('/proc').filter(name => /^\d+$/.test(name)).map(Number)
}

function openSockets(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
      const link = readLink(`/proc/${pid}/fd/${descriptor}`)
      return link?.startsWith('socket:[') ? [link.slice(8, -1)] : []
    })
  }
  catch (error) {
    if (isGone(error)) return []
    throw error
  }
}

/** Opens a file and gives what `use` makes of it; undefined when it is gone, or is not ours to look at. */
function withFile<T>(file: string, use: (fd: number) => T): T | undefined {
  let fd: number | undefined
  try {
    fd = openSync(file, 'r')
    return use(fd)
  }
  catch (error) {
    return absent(error)
  }
  finally {
    if (fd !== undefined) closeSync(fd)
  }
}

function absent(error: unknown): undefined {
  if (!isGone(error)) throw error
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
