import type { MetricsSample } from '#shared/schemas/metrics'
import { describe, expect, it } from 'vitest'
import type { MemoryLimit } from '../../../../../server/core/supervise/measured-tree'
import { MetricsSampler } from '../../../../../server/core/supervise/metrics'
import { listeningLogger } from '../logs/fixture'
import { fakeClock } from './fake-clock'
import { fakeSystem, statOf } from './fake-system'
import { until } from '../../../../helpers/until'

/** A machine with the run `api`: pid 100, which began 10 s ago and has used 1 s of the processor. */
function machine(limit?: MemoryLimit) {
  const clock = fakeClock()
  const fake = fakeSystem(statOf(1), statOf(100, { cpuMs: 1000, memoryBytes: 5000 }))
  const { log, lines } = listeningLogger()
  const sampler = new MetricsSampler({ system: fake.system, log, clock })
  const watch = (id: string, pid: number, its?: MemoryLimit) =>
    sampler.watch(id, { pid, startTime: `s${pid}`, runId: id, startedAt: clock.time() }, its)
  watch('api', 100, limit)
  clock.pass(10_000)
  return { ...fake, clock, lines, sampler, watch, [Symbol.dispose]: () => sampler[Symbol.dispose]() }
}

/** Moves on second by second; each sample is over before the next. */
async function seconds({ clock, sampler }: ReturnType<typeof machine>, count: number) {
  for (let second = 0; second < count; second++) {
    clock.pass(1000)
    await sampler.refresh(0)
  }
}

describe('MetricsSampler', () => {
  it('counts from the start of the run at first, then from the last sample', async () => {
    using all = machine()
    const { clock, sampler, set } = all
    expect(sampler.latest('api')).toBeUndefined()
    await sampler.refresh()
    expect(sampler.latest('api')).toEqual({ at: clock.time(), cpuPercent: 10, memoryBytes: 5000, ports: [] })
    clock.pass(2000)
    set(statOf(100, { cpuMs: 2000, memoryBytes: 6000 }))
    set(statOf(101, { parent: 100, cpuMs: 2000, memoryBytes: 100 }))
    await sampler.refresh()
    expect(sampler.latest('api')).toMatchObject({ cpuPercent: 150, memoryBytes: 6100 })
  })

  it('keeps a percentage rather than count within a few ticks of the kernel', async () => {
    using all = machine()
    await all.sampler.refresh()
    all.clock.pass(20)
    all.set(statOf(100, { cpuMs: 1020, memoryBytes: 7000 }))
    await all.sampler.refresh(0)
    expect(all.sampler.latest('api')).toMatchObject({ cpuPercent: 10, memoryBytes: 7000 })
  })

  it('shares one sample among callers and spares it while the last one is fresh', async () => {
    using all = machine()
    const { clock, looks, sampler, watch, set } = all
    await Promise.all([sampler.refresh(), sampler.refresh(), sampler.refresh()])
    expect(looks.scans).toBe(1)
    clock.pass(900)
    await sampler.refresh()
    expect(looks.scans).toBe(1)
    set(statOf(200))
    watch('web', 200)
    await sampler.refresh()
    expect(looks.scans).toBe(2)
    expect(sampler.latest('web')).toBeDefined()
  })

  it('samples once a second while somebody looks, and not at all before and after', async () => {
    using all = machine()
    const { clock, looks, sampler } = all
    clock.pass(5000)
    expect(looks.scans).toBe(0)
    const first = sampler.hold()
    const second = sampler.hold()
    await until(() => sampler.latest('api'))
    clock.pass(1000)
    await until(() => sampler.history('api').length === 2)
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    clock.pass(1000)
    await until(() => sampler.history('api').length === 3)
    second[Symbol.dispose]()
    expect(clock.timerCount).toBe(0)
    expect(looks.scans).toBe(3)
  })

  it('tells listeners the newest sample of every run', async () => {
    using all = machine()
    const { clock, sampler, listening, sockets } = all
    const told: MetricsSample[][] = []
    const end = sampler.onSample(samples => told.push(samples))
    listening.set('7', 3000)
    sockets.set(100, ['7'])
    await sampler.refresh()
    end()
    clock.pass(2000)
    await sampler.refresh()
    expect(told).toEqual([[{ id: 'api', at: '2026-01-01T00:00:10.000Z', cpu_percent: 10, memory_bytes: 5000, ports: [3000] }]])
    expect(sampler.ownerOf(100)).toBe('api')
    expect(sampler.ownerOf(1)).toBeUndefined()
  })

  it('polls a tree with a limit although nobody looks, says once that it is exceeded, and ends the poll', async () => {
    const exceeded: number[] = []
    using all = machine({ memoryBytes: 10_000, onExceeded: used => exceeded.push(used) })
    const { clock, sampler, set, watch, looks } = all
    set(statOf(200))
    watch('web', 200)
    await until(() => sampler.history('api').length === 1)
    set(statOf(101, { session: 100, memoryBytes: 5001 }))
    clock.pass(1000)
    await until(() => exceeded.length === 1)
    expect(exceeded).toEqual([10_001])
    await until(() => clock.timerCount === 0)
    const { scans } = looks
    clock.pass(5000)
    expect(looks.scans).toBe(scans)
    expect(sampler.latest('web')).toBeUndefined()
    expect(looks.files).toBe(0)
  })

  it('keeps the history of an ended run for five minutes, or until the next run', async () => {
    using all = machine()
    const { clock, sampler, watch } = all
    await seconds(all, 3)
    sampler.unwatch('api')
    expect(sampler.latest('api')).toBeUndefined()
    expect(sampler.history('api')).toHaveLength(3)
    watch('api', 100)
    expect(sampler.history('api')).toEqual([])
    await seconds(all, 2)
    sampler.unwatch('api')
    clock.pass(299_000)
    expect(sampler.history('api')).toHaveLength(2)
    clock.pass(1000)
    expect(sampler.history('api')).toEqual([])
  })

  it('records nothing of a run whose processes have gone', async () => {
    using all = machine()
    await seconds(all, 1)
    all.end(100)
    await seconds(all, 1)
    expect(all.sampler.history('api')).toHaveLength(1)
  })

  it('says once that the machine cannot be looked at, and goes on', async () => {
    using all = machine()
    const { system, sampler, lines, clock } = all
    const { stat } = system
    system.stat = () => {
      throw new Error('EMFILE')
    }
    await sampler.refresh()
    await sampler.refresh()
    expect(lines).toHaveLength(1)
    expect(sampler.latest('api')).toBeUndefined()
    system.stat = stat
    clock.pass(1)
    await sampler.refresh()
    expect(sampler.latest('api')).toBeDefined()
  })
})
