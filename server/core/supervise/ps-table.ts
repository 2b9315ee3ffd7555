import type { ProcessStat } from './operating-system'

/** Who listens on a TCP port of this machine. */
export interface ListeningSocket { port: number, pid: number }

/** The columns of `ps` that make a ProcessStat. macOS does not tell sessions: the group stands for it. */
export const PS_COLUMNS = 'pid,ppid,pgid,stat,lstart,time,rss'

const START = String.raw`[A-Z]\w{2} +[A-Z]\w{2} +\d+ +\d\d:\d\d:\d\d +\d{4}`
const ROW = new RegExp(String.raw`^ *(\d+) +(\d+) +(\d+) +(\S+) +(${START}) +(\S+) +(\d+) *$`)
const LEADER = new RegExp(String.raw`^ *(\d+) +(\d+) +(${START}) *$`)

/** Takes apart the answer of `ps -axo` with PS_COLUMNS, under `LC_ALL=C TZ=UTC0`. */
export function parsePsTable(text: string): ProcessStat[] {
  return text.split('\n').flatMap((line) => {
    const [, pid, parent, group, state, start, time, rss] = ROW.exec(line) ?? []
    if (state === undefined || start === undefined || time === undefined) return []
    return [{
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      session: Number(group),
      startTime: toSeconds(start),
      isZombie: state.startsWith('Z'),
      isStopped: state.startsWith('T'),
      cpuMs: toMilliseconds(time),
      memoryBytes: Number(rss) * 1024,
    }]
  })
}

/** Takes apart `ps -o pid= -o pgid= -o lstart=` of one process. */
export function parseLeaderLine(line: string): { pid: number, group: number, startTime: string } | undefined {
  const [, pid, group, start] = LEADER.exec(line) ?? []
  return start === undefined ? undefined : { pid: Number(pid), group: Number(group), startTime: toSeconds(start) }
}

/** Takes apart `lsof -F pn`: lines `p` with a pid, each followed by its sockets as `n*:3000` or `n[::1]:3000`. */
export function parseLsof(text: string): ListeningSocket[] {
  let pid = 0
  const sockets = new Map<string, ListeningSocket>()
  for (const line of text.split('\n')) {
    if (/^p\d+$/.test(line)) pid = Number(line.slice(1))
    const port = /^n.*:(\d+)$/.exec(line)?.[1]
    if (port !== undefined) sockets.set(`${pid}:${port}`, { pid, port: Number(port) })
  }
  return [...sockets.values()]
}

/** Takes apart `ps -Ewwo pid,command`: behind the command stand the variables, where the system shows them. */
export function parseCommands(text: string): Map<number, string> {
  return new Map(text.split('\n').flatMap((line) => {
    const [, pid, command] = /^ *(\d+) (.*)$/.exec(line) ?? []
    return command === undefined ? [] : [[Number(pid), command]]
  }))
}

/** Seconds since 1970: it can be compared for order too. */
const toSeconds = (start: string) => String(Date.parse(`${start} UTC`) / 1000)

/** `12:31.02` on macOS, `1-02:03:04` elsewhere. */
function toMilliseconds(time: string): number {
  const [clock = '', days = '0'] = time.split('-').reverse()
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  return Math.round((Number(days) * 86_400 + seconds) * 1000)
}
