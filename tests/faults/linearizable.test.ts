import { describe, expect, it } from 'vitest'
import { startHost, type Answer, type TestHost } from '../helpers/host'
import { waitFor } from '../helpers/wait-for'
import { codeOf, pidsOf } from './playground'

const CLIENTS = 6
const CALLS_PER_CLIENT = 7
const RUN_FOR_MS = 18_000

type State = 'absent' | 'defined' | 'running'
const METHODS = ['create', 'start', 'stop', 'remove'] as const
type Method = typeof METHODS[number]

/** One call as its client saw it: between `began` and `ended` it took effect, at one moment. */
interface Call { method: Method, answer: string, began: number, ended: number }

/** What each call does to a process, and what it then answers: the whole model. */
const MODEL: Record<Method, Record<State, { answer: string, next: State }>> = {
  create: {
    absent: { answer: '201', next: 'defined' },
    defined: { answer: 'PROCESS_EXISTS', next: 'defined' },
    running: { answer: 'PROCESS_EXISTS', next: 'running' },
  },
  start: {
    absent: { answer: 'PROCESS_NOT_FOUND', next: 'absent' },
    defined: { answer: '200', next: 'running' },
    running: { answer: 'ALREADY_RUNNING', next: 'running' },
  },
  stop: {
    absent: { answer: 'PROCESS_NOT_FOUND', next: 'absent' },
    defined: { answer: 'NOT_RUNNING', next: 'defined' },
    running: { answer: '200', next: 'defined' },
  },
  remove: {
    absent: { answer: 'PROCESS_NOT_FOUND', next: 'absent' },
    defined: { answer: '204', next: 'absent' },
    running: { answer: 'PROCESS_RUNNING', next: 'running' },
  },
}

/**
 * Looks for an order of the calls that the model could have answered so, each at a moment of its own interval (Wing and
 * Gong). Gives the states it may end in: none when there is no such order.
 */
function statesAfter(history: readonly Call[], start: State): Set<State> {
  const ends = new Set<State>()
  const seen = new Set<string>()
  const search = (left: readonly Call[], state: State): void => {
    const key = `${state} ${left.map(call => history.indexOf(call)).join()}`
    if (seen.has(key)) return
    seen.add(key)
    if (left.length === 0) return void ends.add(state)
    const firstEnd = Math.min(...left.map(call => call.ended))
    for (const call of left.filter(({ began }) => began <= firstEnd)) {
      const { answer, next } = MODEL[call.method][state]
      if (answer === call.answer) search(left.filter(other => other !== call), next)
    }
  }
  search(history, start)
  return ends
}

/** A generator of numbers below `limit` that a seed repeats. */
function dice(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor(state / 2 ** 32 * limit)
  }
}

const call = (host: TestHost, method: Method): Promise<Answer> => {
  if (method === 'create') return host.send('POST', '/api/processes', { id: 'web', command: 'sleep', args: ['600'] })
  return method === 'remove' ? host.send('DELETE', '/api/processes/web') : host.send('POST', `/api/processes/web/${method}`)
}

async function record(host: TestHost, roll: (limit: number) => number): Promise<Call[]> {
  const history: Call[] = []
  const client = async () => {
    for (let turn = 0; turn < CALLS_PER_CLIENT; turn++) {
      const method = METHODS[roll(METHODS.length)] ?? 'create'
      const began = performance.now()
      const answer = await call(host, method)
      history.push({ method, answer: String(codeOf(answer) ?? answer.status), began, ended: performance.now() })
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  return history
}

/** What the operating system and the host say when nobody asks for anything. */
async function stateNow(host: TestHost): Promise<State> {
  const { status, body } = await host.send('GET', '/api/processes/web')
  if (status === 404) return 'absent'
  return JSON.stringify(body).includes('"state":"Running"') ? 'running' : 'defined'
}

describe('six clients on one process', () => {
  it('see it as if their calls came one after the other', { timeout: 60_000 }, async () => {
    await using host = await startHost()
    const end = performance.now() + RUN_FOR_MS
    const seed = Date.now() % 1_000_000
    let state: State = 'absent'
    let rounds = 0
    const answers = new Set<string>()
    for (; performance.now() < end; rounds++) {
      const history = await record(host, dice(seed + rounds))
      for (const { method, answer } of history) answers.add(`${method} ${answer}`)
      const possible = statesAfter(history, state)
      const context = `seed ${seed}, round ${rounds}, from ${state}: ${JSON.stringify(history)}`
      expect(possible.size, context).toBeGreaterThan(0)
      state = await stateNow(host)
      expect([...possible], context).toContain(state)
      await waitFor(`the operating system agrees: ${context}`, () => pidsOf('web').length === (state === 'running' ? 1 : 0))
    }
    expect(rounds).toBeGreaterThan(5)
    // All the model can answer was seen: the rounds were no idle ones.
    const all = METHODS.flatMap(method => Object.values(MODEL[method]).map(({ answer }) => `${method} ${answer}`))
    expect([...answers].toSorted()).toEqual([...new Set(all)].toSorted())
  })

  it('would be caught if two starts succeeded, or one answer came from the past', () => {
    const at = (method: Method, answer: string, began: number, ended: number): Call => ({ method, answer, began, ended })
    expect([...statesAfter([at('start', '200', 0, 2), at('start', '200', 1, 3)], 'defined')]).toEqual([])
    expect([...statesAfter([at('stop', '200', 0, 1), at('start', 'ALREADY_RUNNING', 2, 3)], 'running')]).toEqual([])
    expect([...statesAfter([at('stop', '200', 0, 3), at('start', 'ALREADY_RUNNING', 2, 4)], 'running')]).toEqual(['defined'])
    expect([...statesAfter([at('remove', '204', 0, 1), at('create', 'PROCESS_EXISTS', 2, 3)], 'defined')]).toEqual([])
  })
})
