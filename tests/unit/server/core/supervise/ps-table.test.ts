import { describe, expect, it } from 'vitest'
import { parseCommands, parseLeaderLine, parseLsof, parsePsTable } from '../../../../../server/core/supervise/ps-table'

/** As macOS prints it. */
const TABLE = `\
  PID  PPID  PGID STAT STARTED                           TIME    RSS
    1     0     1 Ss   Mon Nov  2 08:12:44 2026       12:31.02  21344
 4242  4241  4241 S    Thu Nov 26 17:57:39 2026        0:00.05   1456
 4243  4242  4241 Z    Thu Nov 26 17:57:40 2026        0:00.00      0
 4244  4242  4241 T+   Thu Nov 26 17:57:40 2026    1-02:03:04    512
`

describe('parsePsTable', () => {
  it('takes a row apart', () => {
    expect(parsePsTable(TABLE)[1]).toEqual({
      pid: 4242, parent: 4241, group: 4241, session: 4241, startTime: String(Date.UTC(2026, 10, 26, 17, 57, 39) / 1000),
      isZombie: false, isStopped: false, cpuMs: 50, memoryBytes: 1456 * 1024,
    })
  })

  it('leaves the heading out, and tells zombies and suspended ones', () => {
    const rows = parsePsTable(TABLE)
    expect(rows.map(row => row.pid)).toEqual([1, 4242, 4243, 4244])
    expect(rows.filter(row => row.isZombie).map(row => row.pid)).toEqual([4243])
    expect(rows.filter(row => row.isStopped).map(row => row.pid)).toEqual([4244])
  })

  it('reads minutes and days of processor time', () => {
    expect(parsePsTable(TABLE).map(row => row.cpuMs)).toEqual([751_020, 50, 0, 93_784_000])
  })
})

describe('parseLeaderLine', () => {
  it('takes pid, group and start, which are those of the table', () => {
    const leader = parseLeaderLine(' 4242  4241 Thu Nov 26 17:57:39 2026    ')
    expect(leader).toEqual({ pid: 4242, group: 4241, startTime: parsePsTable(TABLE)[1]?.startTime })
  })

  it('refuses a cut line', () => {
    expect(parseLeaderLine(' 4242  4241 Thu Nov 26 17:57')).toBeUndefined()
    expect(parseLeaderLine('')).toBeUndefined()
  })
})

describe('parseLsof', () => {
  it('names each port of a process once', () => {
    const text = 'p501\nf23\nn*:7000\nf24\nn*:7000\np812\nf19\nn127.0.0.1:12700\nf20\nn[::1]:3000\n'
    expect(parseLsof(text)).toEqual([{ pid: 501, port: 7000 }, { pid: 812, port: 12_700 }, { pid: 812, port: 3000 }])
    expect(parseLsof('')).toEqual([])
  })
})

describe('parseCommands', () => {
  it('gives the rest of the line, heading left out', () => {
    expect(parseCommands('  PID COMMAND\n    1 /sbin/launchd\n  501 node  a.js HOME=/Users/x')).toEqual(new Map([
      [1, '/sbin/launchd'], [501, 'node  a.js HOME=/Users/x'],
    ]))
  })
})
