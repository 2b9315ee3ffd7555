import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  conditionOf, type Definitions, type DependencyFacts, findCycle, startOrder, stopOrder, unknownDependencies, withDependencies,
} from '../../../../../server/core/process/dependencies'

/** Each process with what it depends on, such as `{ web: 'db cache' }`. */
const graph = (edges: Record<string, string>): Definitions => new Map(Object.entries(edges).map(([id, dependencies]) => [
  id, { depends_on: Object.fromEntries(dependencies.split(' ').filter(Boolean).map(one => [one, 'started' as const])) },
]))

const shop = graph({ web: 'api', api: 'db cache', cache: '', db: 'disk', disk: '', other: '' })

/** Any graph of up to 12 processes, cycles included. */
const anyGraph = fc.array(fc.array(fc.nat({ max: 11 }), { maxLength: 4 }), { minLength: 1, maxLength: 12 })
  .map(rows => graph(Object.fromEntries(rows.map((row, at) => [`p${at}`, row.map(to => `p${to}`).join(' ')]))))
/** Any graph without a cycle: only backwards. */
const acyclic = fc.array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 12 })
  .map(rows => graph(Object.fromEntries(rows.map((row, at) => [`p${at}`, at === 0 ? '' : row.map(to => `p${to % at}`).join(' ')]))))

const edgesOf = (definitions: Definitions) => [...definitions].flatMap(([id, { depends_on: on = {} }]) =>
  Object.keys(on).filter(to => definitions.has(to)).map(to => [id, to] as const))

describe('findCycle', () => {
  it('names the shortest cycle through the changed process', () => {
    expect(findCycle(graph({ a: 'b c', b: 'd', c: 'a', d: 'a' }), 'a')).toEqual(['a', 'c', 'a'])
    expect(findCycle(graph({ a: 'b', b: 'c', c: 'a' }), 'b')).toEqual(['b', 'c', 'a', 'b'])
    expect(findCycle(graph({ a: 'a' }), 'a')).toEqual(['a', 'a'])
  })

  it('finds none where there is none, nor one that does not go through the changed process', () => {
    expect(findCycle(shop, 'web')).toBeUndefined()
    expect(findCycle(graph({ a: 'b', b: 'c', c: 'b' }), 'a')).toBeUndefined()
  })

  it('finds a cycle in any graph exactly when some process depends on itself over others', () => {
    fc.assert(fc.property(anyGraph, (definitions) => {
      const edges = edgesOf(definitions)
      for (const id of definitions.keys()) {
        const dependencies = edges.filter(([from]) => from === id).map(([, to]) => to)
        const cycle = findCycle(definitions, id)
        expect(cycle !== undefined).toBe(withDependencies(dependencies, definitions).includes(id))
        for (const [at, one] of (cycle ?? []).slice(1).entries()) expect(edges).toContainEqual([cycle?.[at], one])
      }
    }))
  })
})

describe('unknownDependencies', () => {
  it('names the ids that do not exist', () => {
    expect(unknownDependencies({ depends_on: { db: 'ready', ghost: 'started' } }, shop)).toEqual(['ghost'])
    expect(unknownDependencies({}, shop)).toEqual([])
  })
})

describe('startOrder', () => {
  it('gives levels that can be started at once, dependencies first', () => {
    expect(startOrder(withDependencies(['web', 'other'], shop), shop)).toEqual([['cache', 'disk', 'other'], ['db'], ['api'], ['web']])
  })

  it('orders only the given ids, also over others between them', () => {
    expect(startOrder(['web', 'disk', 'other'], shop)).toEqual([['disk', 'other'], ['web']])
    expect(stopOrder(['disk', 'web'], shop)).toEqual([['web'], ['disk']])
  })

  it('keeps every dependency in an earlier level, in any graph without cycles', () => {
    fc.assert(fc.property(acyclic, (definitions) => {
      const levels = startOrder(definitions.keys(), definitions)
      const level = new Map(levels.flatMap((ids, at) => ids.map(id => [id, at] as const)))
      expect([...level.keys()].sort()).toEqual([...definitions.keys()].sort())
      for (const [id, to] of edgesOf(definitions)) expect(level.get(to)).toBeLessThan(level.get(id) ?? 0)
      expect(levels.every(ids => ids.length > 0)).toBe(true)
    }))
  })

  it('leaves nobody out, even of a cycle', () => {
    fc.assert(fc.property(anyGraph, (definitions) => {
      expect(startOrder(definitions.keys(), definitions).flat().sort()).toEqual([...definitions.keys()].sort())
    }))
  })

  it('bears a chain of 20,000 processes', () => {
    const chain: Definitions = new Map(Array.from({ length: 20_000 }, (_, at) => [
      `p${at}`, { depends_on: at === 0 ? {} : { [`p${at - 1}`]: 'started' as const } },
    ]))
    expect(startOrder(withDependencies(['p19999'], chain), chain)).toHaveLength(20_000)
    expect(findCycle(chain, 'p19999')).toBeUndefined()
  })
})

describe('conditionOf', () => {
  const facts = (changed: Partial<DependencyFacts>): DependencyFacts => ({ phase: 'idle', wasBegun: false, ...changed })
  const exit = (code: number) => ({ kind: 'code' as const, code })

  it.each([
    ['started', facts({ phase: 'starting' }), 'met'],
    ['started', facts({ phase: 'running' }), 'met'],
    ['started', facts({ wasBegun: true, end: exit(0) }), 'met'],
    ['started', facts({ phase: 'waiting' }), 'pending'],
    ['started', facts({ phase: 'backoff', end: exit(1) }), 'pending'],
    ['started', facts({}), { failed: 'has not been started' }],
    ['ready', facts({ phase: 'ready' }), 'met'],
    ['ready', facts({ phase: 'running' }), 'met'],
    ['ready', facts({ phase: 'starting' }), 'pending'],
    ['ready', facts({ phase: 'unready' }), 'pending'],
    ['ready', facts({ phase: 'stopping' }), 'pending'],
    ['ready', facts({ wasBegun: true, end: exit(3), error: 'exited with code 3' }), { failed: 'exited with code 3' }],
    ['ready', facts({ end: exit(0) }), { failed: 'exited with code 0' }],
    ['succeeded', facts({ end: exit(0) }), 'met'],
    ['succeeded', facts({ phase: 'backoff', end: exit(0) }), 'met'],
    ['succeeded', facts({ phase: 'running' }), 'pending'],
    ['succeeded', facts({ phase: 'running', end: exit(0) }), 'pending'],
    ['succeeded', facts({ phase: 'waiting', end: exit(0) }), 'pending'],
    ['succeeded', facts({ phase: 'backoff', end: exit(1) }), 'pending'],
    ['succeeded', facts({ end: exit(1) }), { failed: 'exited with code 1' }],
    ['succeeded', facts({ end: { kind: 'signal', signal: 'SIGTERM' } }), { failed: 'ended by SIGTERM' }],
    ['succeeded', facts({ end: exit(0), error: 'The command "x" was not found.' }), { failed: 'The command "x" was not found.' }],
  ] as const)('tells whether "%s" is fulfilled, case %#', (condition, now, expected) => {
    expect(conditionOf(condition, now)).toEqual(expected)
  })
})
