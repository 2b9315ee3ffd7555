import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { tokenIn } from '~/composables/address-token'
import { useConnectionStore } from '~/stores/connection'
import { request } from '~/stores/request'
import { useSessionStore } from '~/stores/session'
import { answerRequests, health, TestSocket } from './fake-host'

const UNAUTHORIZED = { status: 401, body: { error: { code: 'UNAUTHORIZED', message: 'm', hint: 'h' } } }

/** A host that wants a token, and what it says to this browser. */
const host = (isKnown: boolean, isRight = true) => answerRequests({
  'GET /api/session': () => ({ body: { auth: 'token' } }),
  'GET /api/status': () => isKnown ? { body: {} } : UNAUTHORIZED,
  'POST /api/session': () => isRight ? { status: 204 } : UNAUTHORIZED,
})

beforeEach(() => {
  setActivePinia(createPinia())
  TestSocket.all = []
  vi.stubGlobal('WebSocket', TestSocket)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the session', () => {
  it('lets everybody in where no token is wanted, without another question', async () => {
    const calls = answerRequests({ 'GET /api/session': () => ({ body: { auth: 'none' } }) })
    const session = useSessionStore()
    await session.begin('of the address')
    expect([session.auth, session.phase, calls.length]).toEqual(['none', 'in', 1])
  })

  it('lets a browser in that the host knows, and no other', async () => {
    host(true)
    await useSessionStore().begin()
    expect(useSessionStore().phase).toBe('in')
    setActivePinia(createPinia())
    host(false)
    await useSessionStore().begin()
    expect([useSessionStore().phase, useSessionStore().hasEnded]).toEqual(['out', false])
  })

  it('shows the token of the address, once', async () => {
    const calls = host(false)
    await useSessionStore().begin('t-1')
    expect(useSessionStore().phase).toBe('in')
    expect(calls.map(({ key, init }) => [key, init.body])).toEqual([['GET /api/session', undefined], ['POST /api/session', '{"token":"t-1"}']])
  })

  it('stays out with a wrong token, also one of the address, and says why', async () => {
    host(false, false)
    await useSessionStore().begin('wrong')
    expect([useSessionStore().phase, useSessionStore().error?.code]).toEqual(['out', 'UNAUTHORIZED'])
  })

  it('asks again when any request is refused, and comes back', async () => {
    host(true)
    const session = useSessionStore()
    await session.begin()
    answerRequests({ 'GET /api/processes': () => UNAUTHORIZED, 'POST /api/session': () => ({ status: 204 }) })
    await expect(request('/api/processes')).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
    expect([session.phase, session.hasEnded]).toEqual(['out', true])
    await session.signIn('t-1')
    expect([session.phase, session.hasEnded]).toEqual(['in', false])
  })

  it('leaves it to the connection to say that nobody answers', async () => {
    vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('refused')))
    await useSessionStore().begin()
    expect(useSessionStore().phase).toBe('in')
  })

  it('is looked at when a socket is refused, which a browser does not explain', async () => {
    host(false)
    answerRequests({ 'GET /api/health': () => health(1), 'GET /api/status': () => UNAUTHORIZED })
    const session = useSessionStore()
    session.phase = 'in'
    const connection = useConnectionStore()
    connection.connect()
    TestSocket.last.break()
    await vi.waitFor(() => expect(session.phase).toBe('out'))
    connection.disconnect()
    connection.retryNow()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(TestSocket.all).toHaveLength(1)
    expect([connection.phase, connection.asOf]).toEqual(['connecting', undefined])
  })
})

describe('the token of an address', () => {
  it.each([
    ['#token=abc', 'abc'], ['#token=a+b/c=', 'a+b/c='], ['#token=', undefined], ['#tokens=a', undefined], ['#main', undefined], ['', undefined],
  ])('of %j is %j', (hash, token) => expect(tokenIn(hash)).toBe(token))
})
