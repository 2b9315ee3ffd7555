import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ensureBuild } from '../../../scripts/ensure-build.mjs'
import { isRunning } from '../../helpers/processes'
import { connectClient, fixture, initialize, playground, startBridge, SYSTEM_NODE, textOf, toFrame } from './playground'

beforeAll(ensureBuild)

const EMBEDDED = { args: ['--embedded'] }

describe('vantage mcp --embedded', () => {
  it('is the host itself, which others can use: by a bridge, REST and the page', async () => {
    await using ground = await playground()
    await using agent = await connectClient(ground, EMBEDDED)
    expect(agent.client.getServerVersion()).toMatchObject({ name: 'vantage', title: 'Vantage' })
    await agent.call('create_process', { id: 'web', command: SYSTEM_NODE, args: [fixture('tiny-web-server.mjs')] })
    const { pid } = (await agent.call('start_process', { id: 'web' })).structuredContent ?? {}

    const host = await ground.host()
    expect(host.pid).toBe(agent.pid())
    await using other = await connectClient(ground)
    expect((await other.call('get_process_status', { id: 'web' })).structuredContent).toMatchObject({ state: 'Running', pid })
    expect(await (await fetch(`${host.url}/api/processes/web`)).json()).toMatchObject({ state: 'Running', pid })
    expect(await (await fetch(host.url)).text()).toContain('<title>Vantage</title>')
    expect(ground.hostPids()).toEqual([])
  })

  it('knows the project of its agent, and takes nothing of its PORT and HOST', async () => {
    await using ground = await playground({ CLAUDE_PROJECT_DIR: '/usr', PORT: '1', HOST: '203.0.113.1' })
    await using agent = await connectClient(ground, EMBEDDED)
    const created = await agent.call('create_process', { id: 'env', command: 'env' })
    expect(created.structuredContent).toMatchObject({ project: '/usr', cwd: '/usr' })
    expect(new URL((await ground.host()).url).hostname).toBe('127.0.0.1')
  })

  it('refuses a directory that has a host, naming it, and writes nothing to stdout', async () => {
    await using ground = await playground()
    await using agent = await connectClient(ground)
    const { url, pid } = await ground.host()
    await using refused = startBridge(ground, ['--embedded'])
    refused.send(initialize(1))
    expect((await refused.ended).code).toBe(1)
    expect(refused.stderr()).toContain(`A Vantage host already runs on ${ground.dataDir}: pid ${pid}, ${url}`)
    expect(refused.out).toEqual([])
    expect(textOf(await agent.call('ping'))).toBe('pong')
  })

  it('answers a probe, garbage and frames that are too large, and writes nothing but frames', async () => {
    await using ground = await playground()
    await using embedded = startBridge(ground, ['--embedded'])
    embedded.send({ id: 'probe', method: 'server/discover' })
    expect((await embedded.answer('probe')).error?.code).toBe(-32601)
    embedded.write('this is no JSON\n[1,2]\n{"half":')
    embedded.write('true}\n')
    embedded.write(`{"jsonrpc":"2.0","id":5,"method":"${'x'.repeat(11_000_000)}"}\n`)
    embedded.send(initialize(1))
    expect((await embedded.answer(1)).result).toMatchObject({ protocolVersion: '2025-11-25' })
    embedded.send({ method: 'notifications/initialized' })
    const message = 'y'.repeat(2_000_000)
    embedded.send({ id: 2, method: 'tools/call', params: { name: 'echo', arguments: { message } } })
    expect((await embedded.answer(2)).result).toMatchObject({ content: [{ text: message }] })
    embedded.child.stdin.end()
    expect((await embedded.ended).code).toBe(0)
    expect(embedded.out.map(toFrame).filter(({ id }) => id === null)).toHaveLength(4)
  })

  it('leaves its processes to the next host, but for those of its session, and nothing else', async () => {
    await using ground = await playground()
    const agent = await connectClient(ground, EMBEDDED)
    await agent.call('create_process', { id: 'web', command: SYSTEM_NODE, args: [fixture('tiny-web-server.mjs')] })
    const { pid } = (await agent.call('start_process', { id: 'web' })).structuredContent ?? {}
    const bound = await agent.call('ensure_process', { id: 'bound', command: 'sleep', args: ['600'], lifetime: 'session' })
    await agent.client.close()
    expect(isRunning(Number(pid))).toBe(true)
    expect(isRunning(Number(bound.structuredContent?.pid))).toBe(false)
    await expect(stat(join(ground.dataDir, 'server.json'))).rejects.toThrow('ENOENT')
    await using next = await connectClient(ground)
    expect((await next.call('get_process_status', { id: 'web' })).structuredContent).toMatchObject({ state: 'Running', pid, run: 1 })
  })
})
