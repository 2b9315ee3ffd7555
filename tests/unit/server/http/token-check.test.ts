import { describe, expect, it } from 'vitest'
import type { PeerUser } from '../../../../server/http/peer-user'
import { TokenCheck } from '../../../../server/http/token-check'
import { requestOf } from './request'

const TOKEN = 'right-token'

/** A check whose time and callers the test decides on. */
function openCheck() {
  const told: Record<string, unknown>[] = []
  let now = 0
  let user: PeerUser = 'gone'
  const check = new TokenCheck({ token: TOKEN, warn: (_, fields) => told.push(fields), userOf: () => user, ownUid: 1000, now: () => now })
  const ask = (given: string, { from = '192.0.2.1', as = 'gone' }: { from?: string, as?: PeerUser } = {}) => {
    user = as
    return check.refusal(requestOf({ remoteAddress: from }), given)?.message ?? 'passes'
  }
  return { told, ask, pass: (ms: number) => now += ms }
}

const WRONG = expect.stringContaining('not that of this host')
const TOO_MANY = expect.stringContaining('Too many')

describe('the check of a token', () => {
  it.each([['', WRONG], ['right', WRONG], ['right-token ', WRONG], ['RIGHT-TOKEN', WRONG], ['right-token', 'passes']])('of %j is %s', (given, expected) => {
    expect(openCheck().ask(given)).toEqual(expected)
  })

  it('looks at no token of who was wrong ten times, until ten seconds are over', () => {
    const { ask, pass } = openCheck()
    for (let i = 0; i < 10; i++) expect(ask(`guess-${i}`)).toEqual(WRONG)
    expect(ask(TOKEN)).toEqual(TOO_MANY)
    pass(9_999)
    expect(ask(TOKEN)).toEqual(TOO_MANY)
    pass(1)
    expect(ask(TOKEN)).toBe('passes')
  })

  it('lets nobody else wait for that: another address, another user, the own one and root', () => {
    const { ask } = openCheck()
    for (let i = 0; i < 20; i++) ask('guess')
    for (let i = 0; i < 20; i++) ask('guess', { from: '127.0.0.1', as: 1001 })
    expect(ask(TOKEN, { from: '192.0.2.2' })).toBe('passes')
    expect(ask(TOKEN, { from: '127.0.0.1', as: 1002 })).toBe('passes')
    expect(ask(TOKEN, { from: '127.0.0.1', as: 1001 })).toEqual(TOO_MANY)
    for (let i = 0; i < 20; i++) expect(ask('guess', { as: 1000 })).toEqual(WRONG)
    expect([ask(TOKEN, { as: 1000 }), ask(TOKEN, { as: 0 })]).toEqual(['passes', 'passes'])
  })

  it('takes all addresses of one network of IPv6 for one caller', () => {
    const { ask } = openCheck()
    for (let i = 0; i < 10; i++) ask('guess', { from: `2001:db8::${i}` })
    expect(ask(TOKEN, { from: '2001:db8:0:0:ffff::1' })).toEqual(TOO_MANY)
    expect(ask(TOKEN, { from: '2001:db8:0:1::1' })).toBe('passes')
  })

  it('tells of wrong ones at most once in ten seconds, with their number and without them', () => {
    const { ask, told, pass } = openCheck()
    for (let i = 0; i < 5; i++) ask('guess', { from: `192.0.2.${i}` })
    expect(told).toEqual([{ address: '192.0.2.0', user: 'gone', count: 1 }])
    pass(10_000)
    ask('guess', { from: '192.0.2.9' })
    expect(told.slice(1)).toEqual([{ address: '192.0.2.9', user: 'gone', count: 5 }])
  })
})
