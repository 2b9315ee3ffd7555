import { describe, expect, it } from 'vitest'
import { ACTOR_KINDS } from '#shared/caller'
import { parseInput } from '#shared/validation'
import { operations } from '../../../../server/operations'
import { perform } from '../../../../server/operations/perform'
import { define, openEngine, type TestEngine } from '../../../helpers/engine'
import { contextOf } from './call-context'

const sleeper = { command: 'sleep', args: ['600'] }

/** A call of every operation that changes something, on the process `kept` or its group, and whether it touches it at all. */
const CALLS: Record<string, { input: Record<string, unknown>, isFree?: boolean }> = {
  create_process: { input: { id: 'new', ...sleeper, depends_on: { kept: 'started' } }, isFree: true },
  update_process: { input: { id: 'kept', description: 'changed' } },
  replace_process: { input: { id: 'kept', command: 'true' } },
  remove_process: { input: { id: 'kept', force: true } },
  start_process: { input: { id: 'kept' } },
  stop_process: { input: { id: 'kept' } },
  restart_process: { input: { id: 'kept' } },
  send_input: { input: { id: 'kept', text: 'x' } },
  clear_process_output: { input: { id: 'kept' } },
  start_group: { input: { group: 'all' } },
  stop_group: { input: { group: 'all' } },
  restart_group: { input: { group: 'all' } },
  update_settings: { input: { activity_limit: 7 }, isFree: true },
}

const changing = operations.filter(({ effect }) => effect !== 'read')

async function openWith(agents?: 'read_only'): Promise<TestEngine> {
  const engine = await openEngine()
  await engine.vantage.processes.create(define({ id: 'kept', ...sleeper, group: 'all', stdin: 'open', agents }), {})
  await engine.vantage.processes.create(define({ id: 'other', ...sleeper, group: 'all' }), {})
  return engine
}

const stateOf = ({ vantage }: TestEngine) => ({ settings: vantage.settings.value, processes: vantage.processes.list() })

function call({ vantage }: TestEngine, name: string, kind: Parameters<typeof contextOf>[1]): Promise<unknown> {
  const operation = operations.find(each => each.name === name)
  if (!operation) throw new Error(`no operation ${name}`)
  return perform(operation, parseInput(operation.input, CALLS[name]?.input), contextOf(vantage, kind))
}

it('there is a call of every operation that changes something', () => {
  expect(changing.map(({ name }) => name).sort()).toEqual(Object.keys(CALLS).sort())
})

describe('a read_only host', () => {
  it.each(changing.map(({ name }) => name))('refuses %s of an agent before anything happens', async (name) => {
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
    const list = operations.find(({ name }) => name === 'list_processes')
    expect(list && await perform(list, {}, contextOf(engine.vantage, 'agent'))).toHaveLength(2)
    for (const kind of ACTOR_KINDS.filter(each => each !== 'agent')) {
      await call(engine, 'start_process', kind)
      await call(engine, 'stop_process', kind)
    }
  })
})

describe('a read_only process', () => {
  it.each(changing.map(({ name }) => name).filter(name => !CALLS[name]?.isFree))('refuses %s of an agent, named, before anything happens', async (name) => {
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
    const agent = contextOf(engine.vantage, 'agent')
    for (const [name, input] of [['start_process', { id: 'web' }], ['restart_process', { id: 'web' }], ['start_group', { group: 'top' }]] as const) {
      const operation = operations.find(each => each.name === name)
      await expect(operation && perform(operation, input, agent)).rejects.toMatchObject({ code: 'NOT_PERMITTED', message: 'Agents may only look at "kept".' })
    }
    expect(processes.list().map(({ state }) => state)).toEqual(Array.from({ length: 4 }, () => 'NotStarted'))
    await processes.start('kept', {})
    const start = operations.find(({ name }) => name === 'start_process')
    expect(start && await perform(start, { id: 'web' }, agent)).toMatchObject({ id: 'web', state: 'Running' })
  })

  it('stays out of reach where it is done that an agent may use', async () => {
    await using engine = await openWith()
    const { processes } = engine.vantage
    await processes.create(define({ id: 'migrate', command: 'true', agents: 'read_only' }), {})
    await processes.start('migrate', {})
    await expect.poll(() => processes.get('migrate').state).toBe('Stopped')
    await processes.create(define({ id: 'web', ...sleeper, depends_on: { migrate: 'succeeded' } }), {})
    const start = operations.find(({ name }) => name === 'start_process')
    expect(start && await perform(start, { id: 'web' }, contextOf(engine.vantage, 'agent'))).toMatchObject({ id: 'web', state: 'Running' })
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
    const operation = operations.find(each => each.name === name)
    if (!operation) throw new Error(`no operation ${name}`)
    const input = parseInput(operation.input, raw)
    const before = stateOf(engine)
    await expect(perform(operation, input, contextOf(engine.vantage, 'agent'))).rejects.toMatchObject({ code: 'NOT_PERMITTED', message: 'Only people may set "agents".' })
    expect(stateOf(engine)).toEqual(before)
    await perform(operation, input, contextOf(engine.vantage, 'dashboard'))
  })
})
