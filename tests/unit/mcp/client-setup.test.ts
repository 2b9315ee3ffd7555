import { describe, expect, it } from 'vitest'
import { ClientSetup } from '../../../mcp/client-setup'
import type { Frame } from '../../../mcp/stdio-frames'

const request = (id: number, method: string, params: object): Frame => ({ jsonrpc: '2.0', id, method, params })

function setUp(): ClientSetup {
  const setup = new ClientSetup()
  setup.note(request(1, 'logging/setLevel', { level: 'debug' }))
  setup.note(request(2, 'resources/subscribe', { uri: 'vantage://processes/a' }))
  setup.note(request(3, 'resources/subscribe', { uri: 'vantage://processes/b' }))
  setup.note(request(4, 'resources/unsubscribe', { uri: 'vantage://processes/a' }))
  setup.note(request(5, 'resources/read', { uri: 'vantage://processes/c' }))
  setup.note(request(6, 'logging/setLevel', { level: 'error' }))
  return setup
}

describe('what a client has set up', () => {
  it('is asked for anew under ids of the bridge: the last level, and what it follows', () => {
    const setup = setUp()
    const requests = setup.requests()
    expect(requests.map(({ method, params }) => ({ method, params }))).toEqual([
      { method: 'logging/setLevel', params: { level: 'error' } },
      { method: 'resources/subscribe', params: { uri: 'vantage://processes/b' } },
    ])
    expect(requests.every(({ id }) => setup.isOwn(id))).toBe(true)
    expect([1, '2', undefined, 'vantage-replay'].some(id => setup.isOwn(id))).toBe(false)
  })

  it('is news to the client: what it follows may have changed, with another version the lists too', () => {
    const methods = (isOtherVersion: boolean) => setUp().news({ isOtherVersion }).map(({ method }) => method)
    expect(methods(false)).toEqual(['notifications/resources/updated'])
    expect(methods(true)).toEqual([
      'notifications/tools/list_changed', 'notifications/prompts/list_changed', 'notifications/resources/list_changed', 'notifications/resources/updated',
    ])
    expect(new ClientSetup().news({ isOtherVersion: false })).toEqual([])
  })
})
