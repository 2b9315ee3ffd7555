import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { ensureBuild } from '../../../scripts/ensure-build.mjs'
import { slowness } from '../../helpers/slowness'
import { callTool, connectClient, initialize, playground, textOf, type Playground } from './playground'

beforeAll(ensureBuild)

/** A host with an MCP address, started the way agents do: through a bridge. */
async function mcpUrl(ground: Playground): Promise<string> {
  await using agent = await connectClient(ground)
  await agent.call('ping')
  return `${(await ground.host()).url}/mcp`
}

const accept = 'application/json, text/event-stream'

const post = (url: string, body: unknown, headers: Record<string, string> = {}) => fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json', accept, ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

async function open(url: string): Promise<Record<string, string>> {
  const response = await post(url, { jsonrpc: '2.0', ...initialize(1) })
  await response.text()
  return { 'mcp-session-id': response.headers.get('mcp-session-id') ?? '', 'mcp-protocol-version': '2025-11-25' }
}

const listen = (url: string, headers: Record<string, string>, signal?: AbortSignal) =>
  fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal })

describe('MCP over HTTP', () => {
  it('serves the client of the SDK', async () => {
    await using ground = await playground()
    const client = new Client({ name: 'test', version: '1' })
    await client.connect(new StreamableHTTPClientTransport(new URL(await mcpUrl(ground))))
    expect(client.getServerVersion()).toMatchObject({ name: 'vantage', title: 'Vantage' })
    expect(textOf(await callTool(client, 'echo', { message: 'over HTTP' }))).toBe('over HTTP')
    await client.setLoggingLevel('warning')
    await client.close()
  })

  it('refuses what has no session, an unknown one, and what is no JSON', async () => {
    await using ground = await playground()
    const url = await mcpUrl(ground)
    const probe = await post(url, { jsonrpc: '2.0', id: 1, method: 'server/discover' })
    expect([probe.status, (await probe.json()).error.code]).toEqual([400, -32000])
    expect((await listen(url, {})).status).toBe(400)
    const unknown = await post(url, { jsonrpc: '2.0', id: 1, method: 'ping' }, { 'mcp-session-id': 'gone' })
    expect([unknown.status, (await unknown.json()).error.code]).toEqual([404, -32001])
    const garbage = await post(url, '{"half":')
    expect([garbage.status, (await garbage.json()).error.code]).toEqual([400, -32700])
    expect((await post(url, `"${'x'.repeat(1_100_000)}"`)).status).toBe(413)
  })

  it('gives one stream a session, and another one after the first was dropped', async () => {
    await using ground = await playground()
    const url = await mcpUrl(ground)
    const session = await open(url)
    const abort = new AbortController()
    expect((await listen(url, session, abort.signal)).status).toBe(200)
    expect((await listen(url, session)).status).toBe(409)
    abort.abort()
    await expect.poll(async () => {
      const again = await listen(url, session)
      await again.body?.cancel()
      return again.status
    }).toBe(200)
  })

  it('ends a session on DELETE, and its stream with it', async () => {
    await using ground = await playground()
    const url = await mcpUrl(ground)
    const session = await open(url)
    const stream = await listen(url, session)
    expect((await fetch(url, { method: 'DELETE', headers: session })).status).toBe(200)
    expect(await stream.text()).not.toContain('event: message')
    expect((await post(url, { jsonrpc: '2.0', id: 2, method: 'ping' }, session)).status).toBe(404)
  })

  it('lets foreign pages in nowhere', async () => {
    await using ground = await playground()
    const url = await mcpUrl(ground)
    expect((await post(url, { jsonrpc: '2.0', ...initialize(1) }, { origin: 'http://localhost:3000' })).status).toBe(403)
    expect((await post(url, { jsonrpc: '2.0', ...initialize(1) }, { 'content-type': 'text/plain' })).status).toBe(415)
  })

  it('does not hold up the end of the host with an open stream', async () => {
    await using ground = await playground()
    const url = await mcpUrl(ground)
    const stream = await listen(url, await open(url))
    const { pid } = await ground.host()
    const from = performance.now()
    process.kill(pid, 'SIGTERM')
    await stream.text()
    await expect.poll(() => ground.hostPids()).toEqual([])
    expect(performance.now() - from).toBeLessThan(1000 * await slowness())
  })
})
