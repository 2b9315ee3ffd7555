import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, closeSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FloodBrake } from '../../../../../server/core/logs/brake'
import { linux } from '../../../../../server/core/supervise/linux'
import { RunPause } from '../../../../../server/core/supervise/run-pause'
import { isRunning } from '../../../../helpers/processes'
import { temporaryDirectory } from '../../../../helpers/temporary-directory'
import { waitFor } from '../../../../helpers/wait-for'
import { fakeClock } from '../supervise/fake-clock'
import { listeningLogger } from './fixture'

const MB = 1_000_000
const BURST = 200 * MB

/** A brake, and processes that write at a rate unless they are paused. */
function machine() {
  const clock = fakeClock()
  const { log, lines } = listeningLogger()
  const brake = new FloodBrake({ log, clock })
  const start = (id: string, bytesPerSecond: number, rateBytes?: number) => {
    const state = {
      written: 0, isPaused: false, isThrottled: false, changes: 0, pauses: 0, rate: bytesPerSecond, isStuck: false, end: () => {},
    }
    state.end = brake.watch({
      id,
      rateBytes,
      written: () => state.written,
      pause: () => {
        state.isPaused = true
        state.pauses++
      },
      resume: () => {
        if (state.isStuck) throw new Error('EMFILE')
        state.isPaused = false
      },
      onChange: (isThrottled) => {
        state.isThrottled = isThrottled
        state.changes++
      },
    })
    clock.every(10, () => {
      if (state.isPaused || state.rate === 0) return
      state.written += state.rate / 100
      brake.grew(id)
    })
    return state
  }
  return { clock, brake, start, lines, [Symbol.dispose]: () => brake[Symbol.dispose]() }
}

describe('FloodBrake', () => {
  it('never slows a process that stays at its rate, however its output is lumped', () => {
    using all = machine()
    const steady = all.start('steady', 3.9 * MB)
    const lumpy = all.start('lumpy', 0)
    all.clock.every(200, () => {
      lumpy.written += 0.75 * MB
      all.brake.grew('lumpy')
    })
    all.clock.pass(600_000)
    expect([steady.pauses, lumpy.pauses]).toEqual([0, 0])
  })

  it('lets bursts through at full speed, and then no more than the rate', () => {
    using all = machine()
    const flood = all.start('flood', 100 * MB)
    all.clock.pass(2000)
    expect(flood).toMatchObject({ written: 200 * MB, pauses: 0 })
    all.clock.pass(60_000)
    const before = flood.written
    all.clock.pass(60_000)
    expect((flood.written - before) / 60).toBeGreaterThan(3.9 * MB)
    expect((flood.written - before) / 60).toBeLessThan(4.1 * MB)
    expect(flood).toMatchObject({ isThrottled: true, changes: 1 })
  })

  it('shares the credit among all', () => {
    using all = machine()
    const floods = ['a', 'b', 'c', 'd'].map(id => all.start(id, 50 * MB))
    all.clock.pass(10_000)
    const written = floods.reduce((sum, flood) => sum + flood.written, 0)
    expect(written).toBeGreaterThan(BURST + 4 * 36 * MB)
    expect(written).toBeLessThan(BURST + 4 * 46 * MB)
  })

  it('gives the credit back in 50 s of little output, but not in the pauses of a flood', () => {
    using all = machine()
    const flood = all.start('flood', 100 * MB)
    all.clock.pass(120_000)
    flood.rate = 0
    all.clock.pass(60_000)
    expect(flood).toMatchObject({ isPaused: false, isThrottled: false })
    const { written, pauses } = flood
    flood.rate = 100 * MB
    all.clock.pass(1900)
    expect(flood).toMatchObject({ written: written + 190 * MB, pauses })
  })

  it('holds a process to a rate of its own from the first byte on', () => {
    using all = machine()
    const slow = all.start('slow', 10 * MB, 100_000)
    all.clock.pass(1000)
    expect(slow).toMatchObject({ isPaused: true, written: 300_000 }) // what came until the first look
    all.clock.pass(59_000)
    expect(slow.written).toBeLessThan(60 * 100_000 + 300_000)
    expect(slow.written).toBeGreaterThan(50 * 100_000)
    expect(all.start('other', 0).isThrottled).toBe(false)
  })

  it('says that a process is throttled until it has had no pause for two seconds', () => {
    using all = machine()
    const slow = all.start('slow', 10 * MB, 1 * MB)
    all.clock.pass(10_000)
    expect(slow.pauses).toBeGreaterThan(10)
    expect(slow).toMatchObject({ isThrottled: true, changes: 1 })
    slow.rate = 0
    all.clock.pass(1900)
    expect(slow).toMatchObject({ isPaused: false, isThrottled: true })
    all.clock.pass(500)
    expect(slow).toMatchObject({ isThrottled: false, changes: 2 })
  })

  it('looks at nobody who does not write', () => {
    using all = machine()
    for (let number = 0; number < 200; number++) all.start(`idle-${number}`, 0)
    const timers = all.clock.timerCount
    const writer = all.start('writer', 1000)
    all.clock.pass(100)
    expect(all.brake.activeCount).toBe(1)
    expect(all.clock.timerCount).toBe(timers + 2)
    writer.rate = 0
    all.clock.pass(300)
    expect(all.brake.activeCount).toBe(0)
    expect(all.clock.timerCount).toBe(timers + 1)
  })

  it('pauses again what got away', () => {
    using all = machine()
    const slow = all.start('slow', 10 * MB, 100_000)
    all.clock.pass(1000)
    slow.isPaused = false
    all.clock.pass(500)
    expect(slow.isPaused).toBe(true)
  })

  it('forgives an excess of more than 30 s, which a stall of the host has let through', () => {
    using all = machine()
    const slow = all.start('slow', 0, 1 * MB)
    slow.written = 5000 * MB
    all.brake.grew('slow')
    all.clock.pass(29_000)
    expect(slow.isPaused).toBe(true)
    all.clock.pass(1500)
    expect(slow.isPaused).toBe(false)
  })

  it('resumes a process whose watch ends, and all when it is disposed of', () => {
    using all = machine()
    const floods = ['a', 'b', 'c'].map(id => all.start(id, 10 * MB, 100_000))
    all.clock.pass(1000)
    expect(floods.map(flood => flood.isPaused)).toEqual([true, true, true])
    floods[0]?.end()
    expect(floods.map(flood => flood.isPaused)).toEqual([false, true, true])
    all.brake[Symbol.dispose]()
    expect(floods.map(flood => flood.isPaused)).toEqual([false, false, false])
    expect(floods.map(flood => flood.isThrottled)).toEqual([false, false, false])
  })

  it('tries again to resume until it works, and says once that it does not', () => {
    using all = machine()
    const slow = all.start('slow', 10 * MB, 1 * MB)
    all.clock.pass(150)
    expect(slow.isPaused).toBe(true)
    slow.isStuck = true
    all.clock.pass(5000)
    expect(slow.isPaused).toBe(true)
    expect(all.lines).toHaveLength(1)
    slow.rate = 0
    slow.isStuck = false
    all.clock.pass(20)
    expect(slow.isPaused).toBe(false)
  })

  it('stops a real flood, and lets it end', async () => {
    await using dir = await temporaryDirectory()
    const file = join(dir.path, 'stdout.log')
    const log = openSync(file, 'a')
    // At most 30 MB of lines, at some 10 MB in 50 ms.
    const script = 'for i in 1 2 3; do head -c 10000000 /dev/zero | tr "\\0" x; sleep 0.05; done'
    const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['ignore', log, 'ignore'] })
    closeSync(log)
    const pid = child.pid ?? 0
    const ended = once(child, 'exit')
    const members = () => linux.processes().filter(stat => stat.session === pid)
    const pause = new RunPause({ os: linux, group: pid, members })
    const changes: boolean[] = []
    using brake = new FloodBrake({ log: listeningLogger().log })
    const written = () => statSync(file).size
    const end = brake.watch({
      id: 'flood', written, rateBytes: 2 * MB, pause: () => pause.pause(), resume: () => pause.resume(), onChange: is => changes.push(is),
    })
    try {
      await waitFor('a pause', async () => {
        brake.grew('flood')
        return changes[0]
      })
      await waitFor('all members to stand still', () => members().every(stat => stat.isStopped || stat.isZombie))
      expect(isRunning(pid)).toBe(true)
      expect(written()).toBeLessThan(30 * MB)
      end()
      await ended
      expect(written()).toBe(30 * MB)
      expect(changes).toEqual([true, false])
    }
    finally {
      if (members().length > 0) linux.signalGroup(pid, 'SIGKILL')
    }
  })
})
