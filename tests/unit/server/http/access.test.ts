import { describe, expect, it } from 'vitest'
import { Access } from '../../../../server/http/access'
import { SessionBook } from '../../../../server/http/session-book'
import { TokenCheck } from '../../../../server/http/token-check'
import { requestOf } from './request'

const TOKEN = 'right-token'

function openAccess() {
  const time = { now: 0 }
  const check = new TokenCheck({ token: TOKEN, warn: () => {}, userOf: () => 1000, ownUid: 1000 })
  const access = new Access({ check, sessions: new SessionBook({ token: TOKEN, kept: [], save: async () => {} }), now: () => time.now })
  const ask = (url: string, headers: Record<string, string> = {}) => access.refusal(requestOf({ url, headers }))?.code ?? 'passes'
  return { access, time, ask }
}

/** What a browser sends back of a cookie it was given. */
const sent = (cookie: string) => ({ cookie: `theme=dark; ${cookie.split(';')[0]}; vantage-session-3000=other` })

describe('access with a token', () => {
  it.each([
    '/', '/processes/web', '/processes/a.b_c-d', '/ci/123', '/_nuxt/Dk3-_x.js', '/favicon.svg', '/?q=/api/status', '/apis', '/mcp-docs',
    '/api/health', '/api/health?x=1', '/api/session',
  ])('leaves %s open to everybody', url => expect(openAccess().ask(url)).toBe('passes'))

  it.each([
    '/api', '/api/', '/api/status', '/api/nothing', '/api/health/', '/api/healthy', '/api/session/x', '/API/status', '/mcp', '/mcp/', '/mcp?x',
    '//api/status', '/%61pi/status', '/a%2f..%2fapi/status', '/./api/status', '/x/../api/status', '/.well-known/oauth', '/api%2fstatus', '/\\api/status',
    '/api/ws', '/api;x/status', 'http://localhost/api/status', '*', '',
  ])('asks for the token at %s', url => expect(openAccess().ask(url)).toBe('UNAUTHORIZED'))

  it.each<[string, Record<string, string>, string]>([
    ['the right bearer', { authorization: `Bearer ${TOKEN}` }, 'passes'],
    ['any case of the scheme', { authorization: `bearer  ${TOKEN}` }, 'passes'],
    ['a wrong bearer', { authorization: 'Bearer wrong' }, 'UNAUTHORIZED'],
    ['no scheme', { authorization: TOKEN }, 'UNAUTHORIZED'],
    ['another scheme', { authorization: `Basic ${TOKEN}` }, 'UNAUTHORIZED'],
    ['another header', { 'x-vantage-token': TOKEN }, 'UNAUTHORIZED'],
    ['the token as a cookie', { cookie: `vantage-session-12700=${TOKEN}` }, 'UNAUTHORIZED'],
  ])('is given for %s: %o %s', (_, headers, expected) => expect(openAccess().ask('/api/status', headers)).toBe(expected))

  it('is never given for a query', () => {
    for (const name of ['token', 'access_token', 'authorization']) expect(openAccess().ask(`/api/status?${name}=${TOKEN}`)).toBe('UNAUTHORIZED')
  })

  it('is traded for a cookie that scripts cannot read and other sites do not send', async () => {
    const { access, ask } = openAccess()
    const cookie = await access.signIn(requestOf(), TOKEN)
    expect(cookie).toMatch(/^vantage-session-12700=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=2592000$/)
    expect(ask('/api/status', sent(cookie))).toBe('passes')
    expect(ask('/api/status', { ...sent(cookie), authorization: 'Bearer wrong' })).toBe('UNAUTHORIZED')
    expect(ask('/api/status', { ...sent(cookie), authorization: 'Basic of-a-proxy' })).toBe('passes')
    expect(ask('/api/status', { ...sent(cookie), host: 'localhost:9' })).toBe('UNAUTHORIZED')
  })

  it('ends with the session, and takes the cookie away', async () => {
    const { access, ask } = openAccess()
    const cookie = await access.signIn(requestOf(), TOKEN)
    expect(await access.signOut(requestOf({ headers: sent(cookie) }))).toBe('vantage-session-12700=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0')
    expect(ask('/api/status', sent(cookie))).toBe('UNAUTHORIZED')
  })

  it('names the cookie after the port that the browser sees', async () => {
    const { access } = openAccess()
    expect(await access.signIn(requestOf({ headers: { host: '[::1]:8080' } }), TOKEN)).toMatch(/^vantage-session-8080=/)
    expect(await access.signIn(requestOf({ headers: { host: 'box.local' } }), TOKEN)).toMatch(/^vantage-session-default=/)
  })

  it('signs in by a ticket once, within two minutes, and by no wrong token', async () => {
    const { access, time, ask } = openAccess()
    const [ticket, late] = [access.ticket(), access.ticket()]
    expect(ask('/api/status', { authorization: `Bearer ${ticket}` })).toBe('UNAUTHORIZED')
    expect(await access.signIn(requestOf(), ticket)).toContain('HttpOnly')
    await expect(access.signIn(requestOf(), ticket)).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
    await expect(access.signIn(requestOf(), 'wrong')).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
    time.now = 120_000
    await expect(access.signIn(requestOf(), late)).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
  })
})
