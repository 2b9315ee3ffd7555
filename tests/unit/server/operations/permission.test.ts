import { describe, expect, it } from 'vitest'
import { ACTOR_KINDS } from '#shared/caller'
import { define, type TestEngine } from '../../../helpers/engine'
import { waitFor } from '../../../helpers/wait-for'
import { call, CALLS, changing, openWith, sleeper } from './changing-calls'

const stateOf = ({ vantage }: TestEngine) => ({ settings: vantage.settings.value, processes: vantage.processes.list() })

it('there is a call of every operation that changes something', () => {
  expect([...changing].sort()).toEqual(Object.keys(CALLS).sort())
})

describe('a read_only host', () => {
  it.each(changing)('refuses %s of an agent before anything happens', async (name) => {
    await using engine = await openWith()
    await engine.vantage.settings.update({ agents: 'read_only' })
    const before = stateOf(engine)
    await expect(call(engine, name, 'agent')).rejects.toMatchObject({ code: 'NOT_PERMITTED', message: 'Agents may only look at this host.' })
    expect(stateOf(engine)).toEqual(before)
    expect(engine.vantage.activity.list({ limit: 1 })).toMatchObject([{ actor: { kind: 'agent' }, action: name, result: 'NOT_PERMITTED' }])
  })

  it('lets agents look, and everybody else act', async () => {
    await using engine = await openWith()
    await engine.vantage.settings.update({ agents: 'read_only' })
    expect(await call(engine, 'list_processes', 'agent', {})).toHaveLength(2)
    for (const kind of ACTOR_KINDS.filter(each => each !== 'agent')) {
      await call(engine, 'start_process', kind)
      await call(engine, 'stop_process', kind)
    }
  })
})

describe('a read_only process', () => {
  it.each(changing.filter(name => !CALLS[name]?.isFree))('refuses %s of an agent, named, before anything happens', async (name) => {
    await using engine = await openWith('read_only')
    const before = stateOf(engine)
    await expect(call(engine, name, 'agent')).rejects.toMatchObject({ code: 'NOT_PERMITTED', message: 'Agents may only look at "kept".' })
    expect(stateOf(engine)).toEqual(before)
  })

  it('is not started for an agent as what another one depends on', async () => {
    await using engine = await openWith('read_only')
    const { processes } = engine.vantage
    await processes.create(define({ id: 'middle', ...sleeper, depends_on: { kept: 'started' } }), {})
    await processes.create(define({ id: 'web', ...sleeper, group: 'top', depends_on: { middle: 'ready' } }), {})
    for (const [name, input] of [['start_process', { id: 'web' }], ['restart_process', { id: 'web' }], ['start_group', { group: 'top' }]] as const) {
      await expect(call(engine, name, 'agent', input)).rejects.toMatchObject({ code: 'NOT_PERMITTED', message: 'Agents may only look at "kept".' })
    }
    expect(processes.list().map(({ state }) => state)).toEqual(Array.from({ length: 4 }, () => 'NotStarted'))
    await processes.start('kept', {})
    expect(await call(engine, 'start_process', 'agent', { id: 'web' })).toMatchObject({ id: 'web', state: 'Running' })
  })

  it('that has done its job is no obstacle to what depends on it', async () => {
    await using engine = await openWith()
    const { processes } = engine.vantage
    await processes.create(define({ id: 'migrate', command: 'true', agents: 'read_only' }), {})
    await processes.start('migrate', {})
    await waitFor('the job is done', () => processes.get('migrate').state === 'Stopped')
    await processes.create(define({ id: 'web', ...sleeper, depends_on: { migrate: 'succeeded' } }), {})
    expect(await call(engine, 'start_process', 'agent', { id: 'web' })).toMatchObject({ id: 'web', state: 'Running' })
  })
})

describe('what agents may do', () => {
  it.each([
    ['create_process', { id: 'new', command: 'true', agents: 'allow' }],
    ['update_process', { id: 'kept', agents: 'allow' }],
    ['update_process', { id: 'kept', agents: null }],
    ['replace_process', { id: 'kept', command: 'true', agents: 'read_only' }],
    ['update_settings', { agents: 'allow' }],
  ])('is set by people: %s with %j of an agent is refused', async (name, raw) => {
    await using engine = await openWith()
    const before = stateOf(engine)
    await expect(call(engine, name, 'agent', raw)).rejects.toMatchObject({ code: 'NOT_PERMITTED', message: 'Only people may set "agents".' })
    expect(stateOf(engine)).toEqual(before)
    await call(engine, name, 'dashboard', raw)
  })
})
