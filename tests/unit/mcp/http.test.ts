import { once } from 'node:events'
import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createMcpEndpoint } from '../../../mcp/http'
import { createMcpServer } from '../../../mcp/server'
import { define, openEngine } from '../../helpers/engine'
import { waitFor } from '../../helpers/wait-for'

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
}

/** An endpoint on a real server, whose clock the test sets. */
async function serve() {
  const engine = await openEngine()
  const clock = { now: 0 }
  const told: string[] = []
  const listener = { opened: (id: string) => told.push(`opened ${id}`), ended: (id: string) => told.push(`ended ${id}`) }
  const endpoint = createMcpEndpoint({ now: () => clock.now, listener })
  const server = createServer((req, res) => {
    void endpoint.handle(req, res, {
      session: req.headers['x-session']?.toString(),
      createServer: session => createMcpServer({ vantage: engine.vantage, caller: { session }, updatesEveryMs: 1 }),
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const url = `http://127.0.0.1:${address.port}/mcp`
  const post = (body: string | ReadableStream<Uint8Array>, session?: string, more: Record<string, string> = {}) => {
    const accept = 'application/json, text/event-stream'
    const headers = { 'content-type': 'application/json', accept, ...(session && { 'mcp-session-id': session }), ...more }
    return fetch(url, { method: 'POST', headers, body, ...(typeof body !== 'string' && { duplex: 'half' }) })
  }
  return {
    clock,
    told,
    url,
    engine,
    endpoint,
    post,
    open: async () => {
      const response = await post(JSON.stringify(INITIALIZE))
      await response.text()
      return response.headers.get('mcp-session-id') ?? ''
    },
    ping: async (session: string) => {
      const response = await post(JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'ping' }), session)
      await response.text()
      return response.status
    },
    listen: (session: string, headers: Record<string, string> = {}) =>
      fetch(url, { headers: { 'accept': 'text/event-stream', 'mcp-session-id': session, ...headers } }),
    async [Symbol.asyncDispose]() {
      await endpoint.close()
      server.closeAllConnections()
      server.close()
      await engine[Symbol.asyncDispose]()
    },
  }
}

/** Reads a stream until it holds what is looked for, gives that, and breaks it off. */
async function readUntil(stream: Response, wanted: RegExp): Promise<string> {
  const reader = stream.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    text += decoder.decode(part.value, { stream: true })
    const found = wanted.exec(text)?.[1]
    if (found === undefined) continue
    await reader?.cancel()
    return found
  }
  throw new Error(`the stream ended: ${text}`)
}

const MINUTES = 60_000

describe('sessions over HTTP', () => {
  it('end when nobody has used them for ten minutes, without a stream', async () => {
    await using host = await serve()
    const used = await host.open()
    const dropped = await host.open()
    host.clock.now = 9 * MINUTES
    expect(await host.ping(used)).toBe(200)
    host.clock.now = 11 * MINUTES
    host.endpoint.reap()
    expect(await host.ping(dropped)).toBe(404)
    expect(await host.ping(used)).toBe(200)
  })

  it('stay while a stream is open, however long nothing is asked', async () => {
    await using host = await serve()
    const listening = await host.open()
    const dropped = await host.open()
    const stream = await host.listen(listening)
    host.clock.now = 60 * MINUTES
    host.endpoint.reap()
    expect(await host.ping(dropped)).toBe(404)
    expect(await host.ping(listening)).toBe(200)
    await stream.body?.cancel()
  })

  it('tell when they begin and end, by their own id or the name they came with', async () => {
    await using host = await serve()
    const session = await host.open()
    expect(host.told).toEqual([`opened ${session}`])
    await fetch(host.url, { method: 'DELETE', headers: { 'mcp-session-id': session } })
    expect(host.told).toEqual([`opened ${session}`, `ended ${session}`])
    const headers = { 'content-type': 'application/json', 'accept': 'application/json, text/event-stream', 'x-session': 'mine' }
    const named = await fetch(host.url, { method: 'POST', headers, body: JSON.stringify(INITIALIZE) })
    await named.text()
    host.clock.now = 11 * MINUTES
    host.endpoint.reap()
    expect(host.told.slice(2)).toEqual(['opened mine', 'ended mine'])
    await fetch(host.url, { method: 'POST', headers, body: JSON.stringify({ ...INITIALIZE, params: {} }) })
    expect(host.told).toHaveLength(4)
  })

  it('are those that what is started in them is bound to', async () => {
    await using host = await serve()
    const session = await host.open()
    const wish = { id: 'sleeper', command: 'sleep', args: ['600'], lifetime: 'session', ready: { delay_ms: 0 } }
    const call = { jsonrpc: '2.0', id: 3, method: 'tools/call', params: { name: 'ensure_process', arguments: wish } }
    expect(await (await host.post(JSON.stringify(call), session)).text()).toContain('created and started')
    expect(host.engine.vantage.processes.boundSessions()).toEqual([session])
  })

  it('end with their streams when the endpoint closes, and none begins after that', async () => {
    await using host = await serve()
    const session = await host.open()
    const stream = await host.listen(session)
    await host.endpoint.close()
    await stream.text()
    expect(await host.ping(session)).toBe(404)
    expect((await host.post(JSON.stringify(INITIALIZE))).status).toBe(503)
  })

  it('close the stream of a cancelled call, which is never answered', async () => {
    await using host = await serve()
    const session = await host.open()
    const call = { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'stop_process', arguments: { id: 'sleeper', grace_ms: 5000 } } }
    for (const [id, name, args] of [
      [3, 'create_process', { id: 'sleeper', command: 'sh', args: ['-c', 'trap "" TERM; while :; do sleep 0.1; done'] }],
      [4, 'start_process', { id: 'sleeper' }],
    ] as const) {
      await (await host.post(JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } }), session)).text()
    }
    const stopping = await host.post(JSON.stringify(call), session)
    await host.post(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } }), session)
    const from = performance.now()
    expect(await stopping.text()).not.toContain('"id":7')
    expect(performance.now() - from).toBeLessThan(3000)
  })

  it('give a stream that broke what it has missed, and refuse a place they do not know', async () => {
    await using host = await serve()
    const session = await host.open()
    await (await host.post(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }), session)).text()
    const create = (id: string) => host.engine.vantage.processes.create(define({ id, command: 'true' }), {})
    const stream = await host.listen(session)
    await create('one')
    const last = await readUntil(stream, /^id: (\S+)$/m)
    await create('two')
    const again = await waitFor('the host has seen that the stream broke', async () => {
      const response = await host.listen(session, { 'last-event-id': last })
      return response.status === 200 && response
    })
    expect(await readUntil(again, /"method":"(notifications\/resources\/list_changed)"/)).toBeTruthy()
    expect((await host.listen(session, { 'last-event-id': 'nobody:7' })).status).toBe(400)
  })

  it('keep the answer of a call whose connection broke', async () => {
    await using host = await serve()
    const session = await host.open()
    await host.engine.vantage.processes.create(define({ id: 'sleeper', command: 'sleep', args: ['600'], ready: { log: 'never said' } }), {})
    const params = { name: 'start_process', arguments: { id: 'sleeper', wait: 'ready', timeout_ms: 300 } }
    const waiting = await host.post(JSON.stringify({ jsonrpc: '2.0', id: 9, method: 'tools/call', params }), session, { 'mcp-protocol-version': '2025-11-25' })
    const place = await readUntil(waiting, /^id: (\S+)$/m)
    const answer = await waitFor('the host has seen that the stream broke', async () => {
      const response = await host.listen(session, { 'last-event-id': place })
      return response.status === 200 && response
    })
    expect(await readUntil(answer, /"(timed_out)":true/)).toBe('timed_out')
  })

  it('refuse a version of the protocol that they do not speak', async () => {
    await using host = await serve()
    const session = await host.open()
    expect((await host.listen(session, { 'mcp-protocol-version': '1999-01-01' })).status).toBe(400)
  })

  it('refuse a body over 1 MiB that does not tell its length', async () => {
    await using host = await serve()
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(65_536).fill(32))
        if (++sent > 1000) controller.close()
      },
    })
    const response = await host.post(endless)
    expect(response.status).toBe(413)
    expect((await response.json()).error.message).toContain('1048576')
    expect(sent).toBeLessThan(200)
  })
})
