import { describe, expect, it } from 'vitest'
import type { OperatingSystem, ProcessStat } from '../../../../../server/core/supervise/operating-system'
import { linux, parseStat } from '../../../../../server/core/supervise/linux'
import { hasLivingMember, terminate } from '../../../../../server/core/supervise/terminate'

const stat = (fields: Partial<ProcessStat>): ProcessStat => ({
  pid: 10, parent: 1, group: 10, session: 10, startTime: '5', isZombie: false, isStopped: false, cpuMs: 0, memoryBytes: 0, ...fields,
})

/** A machine on which just these processes live; signals are noted and change nothing. */
function machine(processes: ProcessStat[], marked: number[] = []) {
  const sent: string[] = []
  const os: OperatingSystem = {
    bootId: async () => 'boot',
    stat: pid => processes.find(each => each.pid === pid),
    processes: () => processes,
    environmentVariable: pid => marked.includes(pid) ? 'r' : undefined,
    commandLine: () => undefined,
    signal: (pid, signal) => sent.push(`${signal} ${pid}`) > 0,
    listeningSockets: () => [],
    signalGroup: (group, signal) => sent.push(`${signal} ${group}`) > 0,
    groupExists: group => processes.some(each => each.group === group),
  }
  return { os, sent }
}

const group = { pid: 10, startTime: '5', runId: 'r', isObserved: false }

describe('terminate', () => {
  it('never signals a bystander that got the number of the leader', async () => {
    const { os, sent } = machine([stat({ startTime: '99' })])
    await terminate(os, { ...group, isObserved: true }, { signal: 'SIGTERM', graceMs: 1 })
    expect(sent).toEqual([])
  })

  it('takes a group without leader for its own when a member carries the mark of the run', () => {
    const member = stat({ pid: 11 })
    expect(hasLivingMember(machine([member], [11]).os, group)).toBe(true)
    expect(hasLivingMember(machine([member]).os, group)).toBe(false)
    expect(hasLivingMember(machine([member]).os, { ...group, isObserved: true })).toBe(true)
  })

  it('does not count zombies, which some pid 1 never collects', () => {
    const { os } = machine([stat({ isZombie: true }), stat({ pid: 11, isZombie: true })])
    expect(hasLivingMember(os, { ...group, isObserved: true })).toBe(false)
  })

  it('says which pids outlive SIGKILL', async () => {
    let now = 0
    const { os, sent } = machine([stat({})])
    const real = performance.now
    performance.now = () => (now += 6000)
    try {
      await expect(terminate(os, group, { signal: 'SIGTERM', graceMs: 1 })).rejects.toThrow('Pid 10 did not end')
    }
    finally {
      performance.now = real
    }
    expect(sent).toEqual(['SIGTERM 10', 'SIGCONT 10', 'SIGKILL 10'])
  })
})

describe('parseStat', () => {
  it('takes the fields after the last parenthesis, whatever the name holds', () => {
    const line = '42 (a) R) (b) S 1 42 41 0 -1 4194304 89 0 0 0 7 5 1 2 20 0 1 0 180010 2654208 382'
    expect(parseStat(line)).toEqual({
      pid: 42, parent: 1, group: 42, session: 41, startTime: '180010', isZombie: false, isStopped: false,
      cpuMs: 120, endedChildrenCpuMs: 30, memoryBytes: 382 * 4096,
    })
  })

  it('refuses a cut line', () => {
    expect(parseStat('42 (sh) S 1 42')).toBeUndefined()
    expect(parseStat('')).toBeUndefined()
  })

  it('reads this process', () => {
    expect(linux.stat(process.pid)).toMatchObject({ pid: process.pid, isZombie: false })
    expect(linux.stat(4_194_304)).toBeUndefined()
  })
})
