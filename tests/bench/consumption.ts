import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts processor time in hundredths of a second, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100

/** The processor time a process has used so far, in seconds. */
export function cpuSeconds(pid: number): number {
  return secondsIn(`/proc/${pid}/stat`)
}

/** The numbers of the threads a process has now. */
export function threadsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`)
}

/** The processor time that threads of a process have used so far, in seconds. */
export function threadSeconds(pid: number, threads: readonly string[]): number {
  return threads.reduce((sum, thread) => sum + secondsIn(`/proc/${pid}/task/${thread}/stat`), 0)
}

function secondsIn(file: string): number {
  const stat = readFileSync(file, 'latin1')
  const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13).map(Number)
  return ((user ?? 0) + (system ?? 0)) / TICKS_PER_SECOND
}

/** What a process holds in memory now, in MB (2^20 bytes), as `ps` tells it. */
export function residentMegabytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
  return Number(kilobytes) / 1024
}
