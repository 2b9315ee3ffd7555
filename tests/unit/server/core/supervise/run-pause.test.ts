import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { linux } from '../../../../../server/core/supervise/linux'
import type { ProcessStat } from '../../../../../server/core/supervise/operating-system'
import { continueAfterCrash, RunPause } from '../../../../../server/core/supervise/run-pause'
import { waitFor } from '../../../../helpers/wait-for'
import { statOf } from './fake-system'

/** A machine of the run that pid 100 leads; signals are noted, and done. */
function machine(...stats: ProcessStat[]) {
  const table = new Map(stats.map(stat => [stat.pid, stat]))
  const sent: string[] = []
  const suspend = (pid: number, isStopped: boolean) => {
    const stat = table.get(pid)
    if (stat) table.set(pid, { ...stat, isStopped })
  }
  const os = {
    stat: (pid: number) => table.get(pid),
    processes: () => [...table.values()],
    signal: (pid: number, signal: NodeJS.Signals) => {
      suspend(pid, signal === 'SIGSTOP')
      return sent.push(`${signal} ${pid}`) > 0
    },
    signalGroup: (group: number, signal: NodeJS.Signals) => {
      for (const stat of table.values()) if (stat.group === group) suspend(stat.pid, signal === 'SIGSTOP')
      return sent.push(`${signal} -${group}`) > 0
    },
  }
  const members = () => [...table.values()]
  return { os, sent, table, suspend, members, pause: new RunPause({ os, group: 100, members }) }
}

const leader = statOf(100)
const child = statOf(101, { parent: 100, group: 100, session: 100 })
const daemon = statOf(150)

describe('RunPause', () => {
  it('suspends the group at once, and what left it one by one', () => {
    const { pause, sent } = machine(leader, child, daemon)
    pause.pause()
    expect(sent).toEqual(['SIGSTOP -100', 'SIGSTOP 150'])
    pause.resume()
    expect(sent.slice(2)).toEqual(['SIGCONT -100', 'SIGCONT 150'])
    pause.resume()
    expect(sent).toHaveLength(4)
  })

  it('does not continue what a person had suspended', () => {
    const { pause, members } = machine(leader, { ...child, isStopped: true }, { ...daemon, isStopped: true })
    pause.pause()
    pause.resume()
    expect(members().map(stat => stat.isStopped)).toEqual([false, true, true])
  })

  it('does not take what it had suspended itself for a person\'s will, by an old look', () => {
    const { os, members } = machine(leader, daemon)
    const old = [{ ...leader, isStopped: true }, { ...daemon, isStopped: true }]
    const pause = new RunPause({ os, group: 100, members: () => old })
    pause.pause()
    expect(members().map(stat => stat.isStopped)).toEqual([true, true])
    pause.resume()
    expect(members().map(stat => stat.isStopped)).toEqual([false, false])
  })

  it('continues a child that was forked just before, also beside one that a person had suspended', () => {
    const { os, table, members } = machine(leader, { ...child, isStopped: true }, statOf(102, { parent: 100, group: 100, session: 100 }))
    const seen = members().filter(stat => stat.pid !== 102)
    const pause = new RunPause({ os, group: 100, members: () => seen })
    pause.pause()
    expect(table.get(102)?.isStopped).toBe(true)
    pause.resume()
    expect(members().map(stat => stat.isStopped)).toEqual([false, true, false])
  })

  it('suspends again what got away, and continues it with the rest', () => {
    const { pause, sent, suspend, table, members } = machine(leader, child)
    pause.pause()
    suspend(100, false)
    table.set(151, statOf(151))
    pause.pause()
    expect(members().every(stat => stat.isStopped)).toBe(true)
    pause.resume()
    expect(members().some(stat => stat.isStopped)).toBe(false)
    expect(sent).toHaveLength(5)
  })

  it('leaves the number of a group alone whose leader has gone', () => {
    const { pause, sent } = machine({ ...leader, isZombie: true }, child)
    pause.pause()
    pause.resume()
    expect(sent).toEqual(['SIGSTOP 101', 'SIGCONT 101'])
  })

  it('does not continue a stranger that got the pid of a member', () => {
    const { pause, sent, table } = machine(leader, daemon)
    pause.pause()
    table.set(150, statOf(150, { startTime: 'later' }))
    pause.resume()
    expect(sent.at(-1)).toBe('SIGCONT -100')
  })

  it('goes on when a member may not be signalled, and throws what else goes wrong', () => {
    const refusal = (code: string) => () => {
      throw Object.assign(new Error(code), { code })
    }
    const { os, members } = machine(leader, daemon)
    expect(() => new RunPause({ os: { ...os, signal: refusal('EPERM') }, group: 100, members }).pause()).not.toThrow()
    expect(() => new RunPause({ os: { ...os, signal: refusal('EINVAL') }, group: 100, members }).pause()).toThrow('EINVAL')
  })

  it('suspends and continues real processes, also outside the group', async () => {
    const run = spawn('/bin/sh', ['-c', 'setsid sleep 60 & sleep 60 & wait'], { detached: true, stdio: 'ignore' })
    const group = run.pid ?? 0
    const members = () => {
      const all = linux.processes()
      return all.filter(stat => stat.session === group || all.some(parent => parent.session === group && parent.pid === stat.parent))
    }
    try {
      await waitFor('three processes in two sessions', () => members().length === 3 && new Set(members().map(stat => stat.session)).size === 2)
      const pause = new RunPause({ os: linux, group, members })
      pause.pause()
      await waitFor('all to stand', () => members().every(stat => stat.isStopped))
      pause.resume()
      await waitFor('all to go on', () => !members().some(stat => stat.isStopped))
      pause.pause()
      await waitFor('all to stand', () => members().every(stat => stat.isStopped))
      continueAfterCrash({ os: linux, members })
      await waitFor('all to go on', () => !members().some(stat => stat.isStopped))
    }
    finally {
      for (const { pid } of members()) if (pid !== group) linux.signal(pid, 'SIGKILL')
      await once(run, 'exit')
    }
  })
})
