import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it } from 'vitest'
import { StreamHistory } from '../../../mcp/event-store'

const note = (n: number, text = ''): JSONRPCMessage => ({ jsonrpc: '2.0', method: 'notifications/message', params: { n, text } })
const answer = (id: number): JSONRPCMessage => ({ jsonrpc: '2.0', id, result: {} })

async function replay(history: StreamHistory, id: string): Promise<unknown[]> {
  const sent: unknown[] = []
  await history.replayEventsAfter(id, { send: async (_id, message) => void sent.push('params' in message ? message.params?.n : message) })
  return sent
}

describe('the history of streams', () => {
  it('gives what came after an event, of its stream only', async () => {
    const history = new StreamHistory()
    const first = await history.storeEvent('a', note(1))
    await history.storeEvent('b', note(10))
    await history.storeEvent('a', note(2))
    const last = await history.storeEvent('a', note(3))
    expect(await history.getStreamIdForEventId(first)).toBe('a')
    expect(await replay(history, first)).toEqual([2, 3])
    expect(await replay(history, last)).toEqual([])
  })

  it('knows no event it has not given', async () => {
    const history = new StreamHistory()
    await history.storeEvent('a', note(1))
    for (const id of ['', 'a', 'a:2', 'b:1', 'a:x', 'a:-1', '__proto__:1']) expect(await history.getStreamIdForEventId(id)).toBeUndefined()
    await expect(replay(history, 'a:2')).rejects.toThrow()
  })

  it('forgets the oldest of a stream, and refuses who has missed some of them', async () => {
    const history = new StreamHistory()
    const ids: string[] = []
    for (let n = 1; n <= 100; n++) ids.push(await history.storeEvent('a', note(n)))
    expect(await history.getStreamIdForEventId(String(ids[34]))).toBeUndefined()
    expect(await replay(history, String(ids[35]))).toEqual(Array.from({ length: 64 }, (_, index) => index + 37))
  })

  it('keeps no message that is larger than all it may keep, and refuses who has missed it', async () => {
    const history = new StreamHistory()
    const before = await history.storeEvent('a', note(1))
    const large = await history.storeEvent('a', note(2, 'x'.repeat(200_000)))
    expect(await history.getStreamIdForEventId(before)).toBeUndefined()
    expect(await replay(history, large)).toEqual([])
    await history.storeEvent('a', note(3))
    expect(await replay(history, large)).toEqual([3])
  })

  it('drops answered streams first', async () => {
    const history = new StreamHistory()
    const open = await history.storeEvent('open', note(1))
    for (let n = 0; n < 40; n++) await history.storeEvent(`call ${n}`, answer(n))
    expect(await history.getStreamIdForEventId(open)).toBe('open')
    expect(await history.getStreamIdForEventId('call 0:1')).toBeUndefined()
    expect(await history.getStreamIdForEventId('call 39:1')).toBe('call 39')
    for (let n = 0; n < 40; n++) await history.storeEvent(`silent ${n}`, note(n))
    expect(await history.getStreamIdForEventId('silent 23:1')).toBeUndefined()
    expect(await history.getStreamIdForEventId('silent 24:1')).toBe('silent 24')
  })
})
