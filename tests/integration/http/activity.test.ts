import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ActivityEntry } from '#shared/schemas/activity'
import { startHost, type TestHost } from '../../helpers/host'
import { openSocket } from '../../helpers/socket'
import { openStream } from '../../helpers/sse'
import { callTool, textOf } from '../mcp/playground'

const sleeper = { command: 'sleep', args: ['600'] }

async function activityOf(host: TestHost, query = ''): Promise<ActivityEntry[]> {
  return z.array(ActivityEntry).parse((await host.send('GET', `/api/activity${query}`)).body)
}

async function connectAgent(host: TestHost, name: string) {
  const client = new Client({ name, version: '1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${host.url}/mcp`)))
  return {
    call: async (tool: string, args: Record<string, unknown> = {}) => callTool(client, tool, args),
    [Symbol.asyncDispose]: () => client.close(),
  }
}

const definitionOf = async (host: TestHost, id: string) => {
  const { status, body } = await host.send('GET', `/api/processes/${id}`)
  if (status !== 200) return undefined
  const { command, args, env, agents } = z.looseObject({ command: z.string() }).parse(body)
  return { command, args, env, agents }
}

describe('GET /api/activity', () => {
  it('names who did what over REST and MCP, newest first, page by page', async () => {
    await using host = await startHost()
    await using agent = await connectAgent(host, 'claude\u001B[31m-code')
    await host.send('POST', '/api/processes', { id: 'web', ...sleeper, env: { KEY: 'hush-hush' } }, { 'x-vantage-client': 'dashboard' })
    await host.send('POST', '/api/processes/web/start', undefined, { 'x-vantage-client': 'cli' })
    await agent.call('stop_process', { id: 'web' })
    await agent.call('stop_process', { id: 'web' })
    await host.send('POST', '/api/groups/none/start', undefined, { 'x-vantage-client': 'my-script' })
    const entries = await activityOf(host)
    expect(entries.map(({ seq, actor, action, process_id, result }) => [seq, actor.kind, actor.name, action, process_id, result])).toEqual([
      [5, 'api', 'my-script', 'start_group', undefined, 'PROCESS_NOT_FOUND'],
      [4, 'agent', 'claude-code', 'stop_process', 'web', 'NOT_RUNNING'],
      [3, 'agent', 'claude-code', 'stop_process', 'web', 'ok'],
      [2, 'cli', 'cli', 'start_process', 'web', 'ok'],
      [1, 'dashboard', 'dashboard', 'create_process', 'web', 'ok'],
    ])
    expect(await activityOf(host, '?limit=2&before=4')).toEqual(entries.slice(2, 4))
    const tool = await agent.call('list_activity', { limit: 2 })
    expect(tool.structuredContent).toMatchObject({
      activity: [{ seq: 5, actor: 'api my-script' }, { seq: 4, actor: 'agent claude-code', result: 'NOT_RUNNING' }], next: 'before=4 for older ones',
    })
    const older = textOf(await agent.call('list_activity', { before: 4 }))
    expect(JSON.parse(older)).toMatchObject({ activity: [{ seq: 3 }, { seq: 2 }, { seq: 1 }] })
    expect(older).not.toMatch(/undo|next|hush/)
  })

  it('gives agents a page within 1,500 tokens, however much there is', async () => {
    await using host = await startHost()
    await using agent = await connectAgent(host, 'agent')
    await Promise.all(Array.from({ length: 150 }, (_, index) => host.send('POST', `/api/processes/none-${index}/start`)))
    const text = textOf(await agent.call('list_activity'))
    expect(text.length / 2.3).toBeLessThan(1500)
    const { activity, next } = z.object({ activity: z.array(z.object({ seq: z.int() })), next: z.string() }).parse(JSON.parse(text))
    expect(activity.length).toBeGreaterThan(15)
    expect(next).toBe(`before=${activity.at(-1)?.seq} for older ones`)
  })

  it('is told live, with the undo, as an event and over the socket', async () => {
    await using host = await startHost()
    using stream = await openStream(`${host.url}/api/events`)
    using socket = await openSocket(host.url)
    socket.send({ op: 'subscribe', topic: 'events' })
    await socket.find('the subscription', ({ type }) => type === 'subscribed')
    await host.send('POST', '/api/processes', { id: 'web', ...sleeper })
    const entry = { seq: 1, action: 'create_process', undo: { method: 'DELETE', path: '/api/processes/web?force=true' } }
    expect(await stream.find('the entry', ({ event }) => event === 'activity.added')).toMatchObject({ data: { type: 'activity.added', data: entry } })
    expect(await socket.find('the entry', ({ type }) => type === 'activity.added')).toMatchObject({ topic: 'events', data: entry })
  })

  it('goes on under the next host, without undo, and is never read by others', async () => {
    await using host = await startHost()
    await host.send('POST', '/api/processes', { id: 'web', ...sleeper, env: { KEY: 'hush-hush' } })
    await host.send('PATCH', '/api/processes/web', { env: { KEY: 'other-value' } })
    await host.end('SIGKILL')
    await using next = await startHost({ dataDir: host.dataDir })
    await next.send('DELETE', '/api/processes/web')
    const entries = await activityOf(next)
    expect(entries.map(({ seq, action, undo }) => [seq, action, undo !== undefined]))
      .toEqual([[3, 'remove_process', true], [2, 'update_process', false], [1, 'create_process', false]])
    const file = join(host.dataDir, 'activity.jsonl')
    const text = await readFile(file, 'utf8')
    for (const secret of ['hush-hush', 'other-value', 'undo']) expect(text).not.toContain(secret)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })
})

describe('an undo', () => {
  it('sent as it is takes its call back, and is recorded itself', async () => {
    await using host = await startHost()
    const undo = async () => {
      const [{ undo: call } = { undo: undefined }] = await activityOf(host, '?limit=1')
      if (!call) throw new Error('nothing to undo')
      const { status } = await host.send(call.method, call.path, call.body)
      expect(status).toBeLessThan(300)
    }
    const stateOf = async (id: string) => z.object({ state: z.string() }).parse((await host.send('GET', `/api/processes/${id}`)).body).state
    const first = { command: 'sleep', args: ['600'], env: { A: '1', B: 'two words' }, agents: undefined }

    await host.send('POST', '/api/processes', { id: 'gone', ...sleeper })
    await undo()
    expect(await definitionOf(host, 'gone')).toBeUndefined()

    await host.send('POST', '/api/processes', { id: 'web', ...first, group: 'all groups' })
    await host.send('PATCH', '/api/processes/web', { command: 'cat', env: { A: null, C: '3' }, agents: 'read_only' })
    await undo()
    expect(await definitionOf(host, 'web')).toEqual(first)
    await undo()
    expect(await definitionOf(host, 'web')).toMatchObject({ command: 'cat', agents: 'read_only' })
    await undo()

    await host.send('PUT', '/api/processes/web', { id: 'web', command: 'true' })
    await undo()
    await host.send('POST', '/api/processes/web/start')
    await undo()
    expect(await stateOf('web')).toBe('Stopped')
    await undo()
    expect(await stateOf('web')).toBe('Running')
    await host.send('POST', '/api/groups/all%20groups/stop')
    await undo()
    expect(await stateOf('web')).toBe('Running')
    await host.send('DELETE', '/api/processes/web?force=true')
    await undo()
    expect(await definitionOf(host, 'web')).toEqual(first)
    await host.send('PATCH', '/api/settings', { agents: 'read_only', activity_limit: 500 })
    await undo()
    expect(await host.send('GET', '/api/settings')).toMatchObject({ body: { agents: 'allow', activity_limit: 1000 } })
    expect((await activityOf(host))[0]).toMatchObject({ action: 'update_settings', actor: { kind: 'api' } })
  })
})

describe('what agents may do', () => {
  it('is decided by people, for the host and for one process', async () => {
    await using host = await startHost()
    await using agent = await connectAgent(host, 'agent')
    await host.send('POST', '/api/processes', { id: 'db', ...sleeper, agents: 'read_only' })
    await host.send('POST', '/api/processes', { id: 'web', ...sleeper })
    const refused = await agent.call('start_process', { id: 'db' })
    expect(refused).toMatchObject({ isError: true })
    expect(textOf(refused)).toBe('NOT_PERMITTED: Agents may only look at "db".\nNothing was changed. Ask your developer to do it, or to allow it in the dashboard.')
    expect(await agent.call('start_process', { id: 'web' })).toMatchObject({ structuredContent: { success: true } })
    expect(textOf(await agent.call('update_process', { id: 'web', agents: 'read_only' }))).toContain('NOT_PERMITTED: Only people may set "agents".')
    expect(await host.send('PATCH', '/api/settings', { agents: 'read_only' })).toMatchObject({ status: 200, body: { agents: 'read_only' } })
    expect(textOf(await agent.call('stop_process', { id: 'web' }))).toContain('NOT_PERMITTED: Agents may only look at this host.')
    expect(await agent.call('get_process_status', { id: 'web' })).toMatchObject({ structuredContent: { state: 'Running' } })
    expect(await host.send('POST', '/api/processes/web/stop')).toMatchObject({ status: 200 })
  })

  it('holds under the next host, beside the port', async () => {
    await using host = await startHost()
    await host.send('POST', '/api/processes', { id: 'db', ...sleeper, agents: 'read_only' })
    await host.send('PATCH', '/api/settings', { agents: 'read_only', default_log_bytes: 100_000 })
    await host.end()
    await using next = await startHost({ dataDir: host.dataDir })
    expect(await next.send('GET', '/api/settings')).toMatchObject({ body: { agents: 'read_only', default_log_bytes: 100_000, activity_limit: 1000 } })
    expect(await definitionOf(next, 'db')).toMatchObject({ agents: 'read_only' })
    expect(await readFile(join(host.dataDir, 'settings.yaml'), 'utf8')).toContain(`last_port: ${new URL(next.url).port}\n`)
  })
})
