import { describe, expect, it } from 'vitest'
import { SessionLifetimes } from '../../../../../server/core/process/session-lifetimes'
import { define, openEngine } from '../../../../helpers/engine'
import { waitFor } from '../../../../helpers/wait-for'

/** Timers that the test lets run. */
function fakeClock() {
  const timers = new Set<{ due: number, task: () => void }>()
  let now = 0
  return {
    after: (ms: number, task: () => void) => {
      const timer = { due: now + ms, task }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    pass: (ms: number) => {
      now += ms
      for (const timer of [...timers]) {
        if (timer.due > now || !timers.delete(timer)) continue
        timer.task()
      }
    },
  }
}

function lifetimes(bound: string[] = []) {
  const clock = fakeClock()
  const stopped: string[] = []
  const sessions = new SessionLifetimes({ bound: () => bound, stop: session => stopped.push(session), clock })
  return { clock, stopped, sessions }
}

describe('SessionLifetimes', () => {
  it('stops what is bound to a session a moment after its last connection has ended', () => {
    const { clock, stopped, sessions } = lifetimes()
    sessions.opened('a')
    sessions.opened('a')
    sessions.opened('b')
    sessions.ended('a')
    clock.pass(10_000)
    expect(stopped).toEqual([])
    sessions.ended('a')
    clock.pass(1999)
    expect(stopped).toEqual([])
    clock.pass(1)
    expect(stopped).toEqual(['a'])
  })

  it('spares a session that comes back in time', () => {
    const { clock, stopped, sessions } = lifetimes()
    sessions.opened('a')
    sessions.ended('a')
    clock.pass(1000)
    sessions.opened('a')
    clock.pass(60_000)
    expect(stopped).toEqual([])
  })

  it('gives the sessions of the host before a minute to come back', () => {
    const { clock, stopped, sessions } = lifetimes(['a', 'b', 'a'])
    sessions.begin()
    sessions.opened('b')
    clock.pass(59_999)
    expect(stopped).toEqual([])
    clock.pass(1)
    expect(stopped).toEqual(['a'])
  })

  it('stops nothing when the host closes', () => {
    const { clock, stopped, sessions } = lifetimes(['a'])
    sessions.begin()
    sessions.opened('a')
    sessions.opened('b')
    sessions.ended('a')
    sessions[Symbol.dispose]()
    sessions.ended('b')
    clock.pass(120_000)
    expect(stopped).toEqual([])
  })
})

describe('a process that lives as long as its session', () => {
  const job = (id: string, fields: object = {}) => define({ id, command: 'sleep', args: ['600'], lifetime: 'session', ...fields })

  it('ends with the session that started it, over restarts of the process and of the host', async () => {
    await using engine = await openEngine()
    const first = engine.vantage
    await first.processes.create(job('mine', { restart: { policy: 'always', backoff_ms: 0 } }), {})
    await first.processes.start('mine', { session: 'a' })
    const { pid } = first.processes.get('mine')
    process.kill(pid ?? 0, 'SIGKILL')
    await waitFor('its policy has started it again', () => first.processes.get('mine').run === 2)
    const { activity, processes } = await engine.reopen()
    expect(processes.get('mine')).toMatchObject({ run: 2, state: 'Running' })
    expect(processes.boundSessions()).toEqual(['a'])
    await processes.stopBound('b')
    expect(processes.get('mine').state).toBe('Running')
    await processes.stopBound('a')
    expect(processes.get('mine').state).toBe('Stopped')
    expect(processes.boundSessions()).toEqual([])
    expect(activity.list({ limit: 10 })).toMatchObject([
      { actor: { kind: 'system' }, action: 'stop_process', process_id: 'mine', result: 'ok', undo: { method: 'POST', path: '/api/processes/mine/start' } },
    ])
  })

  it('is kept when somebody without a session has started it, or it is to be kept', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    for (const id of ['rest', 'kept', 'again']) await processes.create(job(id, id === 'kept' ? { lifetime: 'keep' } : {}), {})
    await processes.start('rest', {})
    await processes.start('kept', { session: 'a' })
    await processes.start('again', { session: 'a' })
    await processes.restart('again', {})
    await processes.stopBound('a')
    expect(processes.list().map(({ state }) => state)).toEqual(['Running', 'Running', 'Running'])
    await processes.patch('kept', { lifetime: 'session' })
    await processes.stopBound('a')
    expect(processes.get('kept').state).toBe('Stopped')
  })

  it('that waits for a dependency is called off', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(define({ id: 'db', command: 'sleep', args: ['600'], ready: { log: 'never' } }), {})
    await processes.create(job('api', { depends_on: { db: 'ready' } }), {})
    await processes.start('api', { session: 'a' })
    expect(processes.get('api').phase).toBe('waiting')
    await processes.stopBound('a')
    expect(processes.get('api').phase).toBe('idle')
    expect(processes.get('db').state).toBe('Running')
  })
})
