import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { ProcessInfo } from '#shared/schemas/process-info'
import { Judge, probedPort } from '../../../../../server/core/process/wait-until-up'
import { define, openEngine } from '../../../../helpers/engine'
import { listenOnLoopback } from '../../../../helpers/loopback'

const web: ProcessInfo = {
  id: 'web', command: 'web', args: [], env: {}, cwd: '/', auto_start_on_restore: false,
  state: 'Running', phase: 'running', run: 1, uptime_ms: 100, created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z',
}

describe('Judge', () => {
  it('takes one without rules for up when its ports have stayed the same for half a second, or when it has lived', () => {
    const judge = new Judge(undefined)
    const at = (now: number, fields: Partial<ProcessInfo>) => judge.stageOf({ ...web, uptime_ms: now, ...fields }, now)
    expect(at(0, {})).toBeUndefined()
    expect(at(100, { ports: [9229] })).toBeUndefined()
    expect(at(500, { ports: [3000, 9229] })).toBeUndefined()
    expect(at(999, { ports: [3000, 9229] })).toBeUndefined()
    expect(at(1000, { ports: [3000, 9229] })).toBe('listening')
    expect(at(2999, { ports: [] })).toBeUndefined()
    expect(at(3000, { ports: [] })).toBe('running')
  })

  it('gives one that is told its port more time to listen, and one that works hard to start', () => {
    const judge = new Judge(undefined)
    for (const fields of [{ env: { PORT: '1' } }, { assign_ports: { PORT: 'auto' as const } }, { cpu_percent: 5 }]) {
      expect(judge.stageOf({ ...web, ...fields, uptime_ms: 9999 }, 0)).toBeUndefined()
      expect(judge.stageOf({ ...web, ...fields, uptime_ms: 10_000 }, 0)).toBe('running')
    }
  })

  it('does not believe a check that somebody else\'s port may have answered, for a while', () => {
    const judge = new Judge(undefined)
    const ready = { phase: 'ready' as const, ready: { tcp: 3000, timeout_ms: 1, interval_ms: 10, keep_checking: false } }
    expect(judge.stageOf({ ...web, ...ready, ports: [4000] }, 0)).toBeUndefined()
    expect(judge.stageOf({ ...web, ...ready, ports: [3000, 4000] }, 0)).toBe('ready')
    expect(judge.stageOf({ ...web, ...ready, uptime_ms: 3000 }, 0)).toBe('ready')
    expect(judge.stageOf({ ...web, phase: 'ready' }, 0)).toBe('ready')
  })

  it('takes a pause before a restart for an end, unless it was known', () => {
    const pause = { ...web, state: 'Failed' as const, phase: 'backoff' as const, run: 2 }
    expect(new Judge(undefined).stageOf(pause, 0)).toBe('ended')
    expect(new Judge(2).stageOf(pause, 0)).toBeUndefined()
    expect(new Judge(2).stageOf({ ...pause, run: 3 }, 0)).toBe('ended')
    expect(new Judge(2).stageOf({ ...pause, phase: 'waiting' }, 0)).toBeUndefined()
  })
})

describe('probedPort', () => {
  const rules = { timeout_ms: 1, interval_ms: 10, keep_checking: false }
  it.each([
    [{ tcp: 80 }, 80],
    [{ tcp: 80, host: 'example.org' }, undefined],
    [{ http: 'http://localhost:3000/x' }, 3000],
    [{ http: 'https://127.0.0.1' }, 443],
    [{ http: 'http://[::1]' }, 80],
    [{ http: 'http://example.org:3000' }, undefined],
    [{ log: 'x' }, undefined],
  ])('of %j is %s', (ready, port) => {
    expect(probedPort({ ready: { ...rules, ...ready } })).toBe(port)
  })
})

describe('untilUp', () => {
  const script = (id: string, text: string, fields: object = {}) => define({ id, command: process.execPath, args: ['-e', text], ...fields })
  const { signal } = new AbortController()

  it('tells a server that listens, one that dies at once, and one that another has kept from its port', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    const serve = 'require("net").createServer().listen(+process.env.PORT, "127.0.0.1")'
    await processes.ensure({ id: 'web', definition: script('web', serve, { env: { PORT: '0' } }) }, {})
    const up = await processes.untilUp('web', { signal })
    expect(up).toMatchObject({ stage: 'listening', process: { state: 'Running', ports: [expect.any(Number)] } })

    const port = String(up.process.ports?.[0])
    await processes.ensure({ id: 'second', definition: script('second', serve, { env: { PORT: port } }) }, {})
    expect(await processes.untilUp('second', { signal })).toMatchObject({ stage: 'ended', process: { state: 'Failed', exit_code: 1 } })
    expect(await processes.portConflict('second')).toMatchObject({ port: Number(port), holder: { id: 'web' } })
    expect(await processes.portConflict('web')).toBeUndefined()

    await processes.ensure({ id: 'broken', definition: script('broken', 'require("no-such-module")') }, {})
    expect(await processes.untilUp('broken', { signal })).toMatchObject({ stage: 'ended', process: { exit_code: 1 } })
  })

  it('tells the end of one whose check somebody else has answered', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await using other = await listenOnLoopback(createServer())
    const { port } = other
    const text = `setTimeout(() => require("net").createServer().listen(${port}, "127.0.0.1"), 300)`
    await processes.ensure({ id: 'web', definition: script('web', text, { ready: { tcp: port, host: '127.0.0.1', interval_ms: 20 } }) }, {})
    expect(await processes.untilUp('web', { signal })).toMatchObject({ stage: 'ended', process: { state: 'Failed' } })
    expect(await processes.portConflict('web')).toMatchObject({ port, holder: { pid: process.pid } })
  })

  it('ends by its time, and with its caller', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.ensure({ id: 'slow', definition: define({ id: 'slow', command: 'sleep', args: ['600'], ready: { log: 'never' } }) }, {})
    expect(await processes.untilUp('slow', { signal, timeoutMs: 50 })).toMatchObject({ stage: 'timed_out', process: { phase: 'starting' } })
    const gone = new AbortController()
    const waiting = processes.untilUp('slow', { signal: gone.signal })
    gone.abort()
    expect(await waiting).toMatchObject({ stage: 'timed_out' })
  })
})
