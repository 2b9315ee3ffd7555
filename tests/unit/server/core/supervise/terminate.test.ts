import { describe, expect, it } from 'vitest'
import type { OperatingSystem, ProcessStat } from '../../../../../server/core/supervise/operating-system'
import { leftoversOf } from '../../../../../server/core/supervise/leftovers'
import { linux } from '../../../../../server/core/supervise/linux'
import { ProcessTable } from '../../../../../server/core/supervise/process-table'
import { livingProcesses } from '../../../../../server/core/supervise/run-tree'
import { hasLivingMember, isGoneWithin, terminate } from '../../../../../server/core/supervise/terminate'
import { isRunning } from '../../../../helpers/processes'
import { waitFor } from '../../../../helpers/wait-for'
import { shell, startRun } from './test-run'

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
    pids: () => processes.map(each => each.pid),
    environmentVariable: pid => marked.includes(pid) ? 'r' : undefined,
    commandLine: () => undefined,
    signal: (pid, signal) => sent.push(`${signal} ${pid}`) > 0,
    openSocketCount: () => '',
    listeningPorts: async () => new Map(),
    openSockets: () => [],
    signalGroup: (group, signal) => sent.push(`${signal} -${group}`) > 0,
  }
  return { table: new ProcessTable(os), sent }
}

const group = { pid: 10, group: 10, startTime: '5', runId: 'r', isObserved: false }
const now = { signal: 'SIGTERM', graceMs: 1 } as const

/** The clock leaps, so that ten seconds of patience are over at once. */
async function withLeapingClock(test: () => Promise<void>): Promise<void> {
  const real = performance.now
  let time = 0
  performance.now = () => (time += 6000)
  try {
    await test()
  }
  finally {
    performance.now = real
  }
}

describe('who belongs to a run', () => {
  it('is no bystander that got the number of the leader, nor what shares its group', async () => {
    const { table, sent } = machine([stat({ startTime: '99' }), stat({ pid: 11, startTime: '100' })])
    await terminate(table, { ...group, isObserved: true }, now)
    expect(sent).toEqual([])
  })

  it('is a group without leader when a member carries the mark of the run, or the leader was seen', async () => {
    const member = stat({ pid: 11 })
    expect(await hasLivingMember(machine([member], [11]).table, group)).toBe(true)
    expect(await hasLivingMember(machine([member]).table, group)).toBe(false)
    expect(await hasLivingMember(machine([member]).table, { ...group, isObserved: true })).toBe(true)
  })

  it('is no zombie, which some pid 1 never collects', async () => {
    const { table } = machine([stat({ isZombie: true }), stat({ pid: 11, isZombie: true })])
    expect(await hasLivingMember(table, { ...group, isObserved: true })).toBe(false)
  })

  it('is nothing that is older than the run, whatever it carries', () => {
    const older = stat({ pid: 11, group: 11, session: 11, startTime: '4' })
    expect(livingProcesses(machine([stat({}), older], [11]).table, group).map(each => each.pid)).toEqual([10])
  })

  it('is another group of its session, and what carries its mark elsewhere', async () => {
    const job = stat({ pid: 11, group: 11 })
    const away = stat({ pid: 12, group: 12, session: 12 })
    const stranger = stat({ pid: 13, group: 13, session: 13 })
    const { table } = machine([stat({}), job, away, stranger], [12])
    expect(livingProcesses(table, group).map(each => each.pid)).toEqual([10, 11, 12])
    expect(await leftoversOf(table, group)).toEqual({ kind: 'daemonised', pids: [12] })
  })

  it('is neither the shim of a shared group nor what that has started besides', () => {
    const shared = { ...group, group: 9 }
    const shim = stat({ pid: 9, group: 9 })
    const [cats, cat] = [stat({ pid: 20, parent: 9, group: 9 }), stat({ pid: 21, parent: 20, group: 9 })]
    const [leader, child] = [stat({ parent: 9, group: 9 }), stat({ pid: 11, parent: 10, group: 9 })]
    const { table } = machine([shim, cats, cat, leader, child])
    expect(livingProcesses(table, shared).map(each => each.pid)).toEqual([10, 11])
  })
})

describe('a table of processes', () => {
  it('is scanned once for all who ask at the same time', async () => {
    let scans = 0
    const table = new ProcessTable({ ...linux, pids: () => {
      scans++
      return linux.pids()
    } })
    const alone = await table.fresh(Infinity).then(() => scans)
    await Promise.all(Array.from({ length: 50 }, () => table.fresh(Infinity)))
    expect(scans).toBeLessThanOrEqual(alone * 2 + 2)
  })

  it('looks again at a process whose environment is only just being made', async () => {
    let looks = 0
    const os = { ...machine([stat({ pid: 12, group: 12, session: 12, memoryBytes: 1 })]).table.os }
    const table = new ProcessTable({ ...os, environmentVariable: () => ++looks > 1 ? 'r' : undefined, commandLine: () => '' })
    expect(await hasLivingMember(table, group)).toBe(true)
  })

  it('sees the child of a process that ends while it looks', async () => {
    const child = stat({ pid: 12, group: 12, session: 12 })
    const lists = [[11], [12], [12]]
    const { os } = machine([child], [12]).table
    expect(await hasLivingMember(new ProcessTable({ ...os, pids: () => lists.shift() ?? [12] }), group)).toBe(true)
  })
})

describe('terminate', () => {
  it('signals the group as a whole and one by one what has left it, each once', async () => {
    const { table, sent } = machine([stat({}), stat({ pid: 12, group: 12, session: 12 })], [12])
    await withLeapingClock(() => expect(terminate(table, group, now)).rejects.toThrow('Pid 10, 12 did not end'))
    expect(sent.slice(0, 4)).toEqual(['SIGTERM -10', 'SIGCONT -10', 'SIGTERM 12', 'SIGCONT 12'])
    expect(sent.slice(4)).toEqual(['SIGKILL -10', 'SIGCONT -10', 'SIGKILL 12', 'SIGCONT 12'])
  })

  it('spares the shim of a shared group its SIGKILL', async () => {
    const { table, sent } = machine([stat({ pid: 9, group: 9 }), stat({ parent: 9, group: 9 })])
    await withLeapingClock(() => expect(terminate(table, { ...group, group: 9 }, now)).rejects.toThrow('Pid 10 did not end'))
    expect(sent).toEqual(['SIGTERM -9', 'SIGCONT -9', 'SIGKILL 10', 'SIGCONT 10'])
  })

  it('ends a plain program by its signal', async () => {
    await using test = await startRun({ command: 'sleep', args: ['600'] })
    const table = new ProcessTable(linux)
    await terminate(table, test.run, { signal: 'SIGTERM', graceMs: 10_000 })
    expect(isRunning(test.run.pid)).toBe(false)
    expect((await test.exited).end).toEqual({ kind: 'signal', signal: 'SIGTERM' })
  })

  it('finds and ends what escaped with setsid, twice over', async () => {
    await using test = await startRun(shell('setsid sh -c "setsid sleep 600 & sleep 600" & sleep 600'))
    const table = new ProcessTable(linux)
    await waitFor('all have started', () => livingProcesses(table, test.run).length === 5)
    await terminate(table, test.run, { signal: 'SIGTERM', graceMs: 10_000 })
    await test.exited
    await waitFor('the shim has ended', () => test.pids().length === 0)
  })

  it('says of a program that went into the background that it did, and ends it', async () => {
    await using test = await startRun(shell('setsid sleep 600 >/dev/null 2>&1 & exit 0'))
    const table = new ProcessTable(linux)
    await test.exited
    const left = await waitFor('it is in a session of its own', async () => {
      const found = await leftoversOf(table, test.run)
      return found.kind === 'daemonised' && found
    })
    expect(left.pids.every(isRunning)).toBe(true)
    expect(await isGoneWithin(table, test.run, 1)).toBe(false)
    await terminate(table, test.run, { signal: 'SIGTERM', graceMs: 10_000 })
    expect(left.pids.some(isRunning)).toBe(false)
    expect(await leftoversOf(table, test.run)).toEqual({ kind: 'none', pids: [] })
  })

  it('leaves alone what has taken the mark off', async () => {
    await using test = await startRun(shell('env -u VANTAGE_RUN_ID setsid sleep 600 & exit 0'))
    await test.exited
    expect(await isGoneWithin(new ProcessTable(linux), test.run, 5000)).toBe(true)
    // One that is just becoming another program shows no environment.
    await waitFor('it is there', () => test.pids().length === 1)
  })

  it('kills what ignores the signal, is suspended, or goes on forking', async () => {
    await using test = await startRun(shell('trap "" TERM; sh -c \'kill -STOP $$\' & while :; do setsid sleep 0.05 & sleep 0.01; done'))
    const table = new ProcessTable(linux)
    await waitFor('it forks', async () => (await leftoversOf(table, test.run)).kind === 'daemonised')
    await terminate(table, test.run, { signal: 'SIGTERM', graceMs: 50 })
    expect((await test.exited).end).toEqual({ kind: 'signal', signal: 'SIGKILL' })
    await waitFor('the shim has ended', () => test.pids().length === 0)
  })
})
