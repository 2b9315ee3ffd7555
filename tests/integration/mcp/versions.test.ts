import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  PromptListChangedNotificationSchema,
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { ensureBuild } from '../../../scripts/ensure-build.mjs'
import { isRunning } from '../../helpers/processes'
import { waitFor } from '../../helpers/wait-for'
import { installVersion } from './other-version'
import { connectClient, fixture, initialize, playground, startBridge, SYSTEM_NODE, textOf, type Playground } from './playground'

beforeAll(ensureBuild)

const NEWER = '99.1.0'
const OLDER = '0.0.1-rc.1'

/** A web server that runs, and its pid. */
async function startWeb(agent: Awaited<ReturnType<typeof connectClient>>): Promise<number> {
  await agent.call('create_process', { id: 'web', command: SYSTEM_NODE, args: [fixture('tiny-web-server.mjs')] })
  return Number((await agent.call('start_process', { id: 'web' })).structuredContent?.pid)
}

const hostOfVersion = (ground: Playground, version: string) => waitFor(`a host of version ${version}`, async () => {
  const host = await ground.host()
  return host.version === version && host
})

describe('a bridge of a newer version', () => {
  it('replaces the older host at its address; its processes run on, whatever a shutdown does with them', async () => {
    await using ground = await playground({ VANTAGE_STOP_ON_SHUTDOWN: 'true' })
    await using newer = await installVersion(NEWER)
    await using agent = await connectClient(ground)
    const pid = await startWeb(agent)
    const before = await ground.host()

    await using next = await connectClient(ground, newer)
    expect(next.client.getServerVersion()?.version).toBe(NEWER)
    const after = await ground.host()
    expect(after).toMatchObject({ version: NEWER, url: before.url })
    expect(after.pid).not.toBe(before.pid)
    expect(isRunning(before.pid)).toBe(false)
    expect((await next.call('get_process_status', { id: 'web' })).structuredContent).toMatchObject({ state: 'Running', pid, run: 1 })
    expect(readFileSync(join(ground.dataDir, 'host.log'), 'utf8')).toContain('handing over')
    // The older bridge goes on with it.
    expect((await agent.call('get_process_status', { id: 'web' })).structuredContent).toMatchObject({ state: 'Running', pid, run: 1 })
    expect((await ground.host()).pid).toBe(after.pid)
  })

  it('is told to older clients: what they follow is followed at the new host, and the lists may have changed', async () => {
    await using ground = await playground()
    await using newer = await installVersion(NEWER)
    await using agent = await connectClient(ground)
    const told: string[] = []
    agent.client.setNotificationHandler(ToolListChangedNotificationSchema, () => void told.push('tools'))
    agent.client.setNotificationHandler(PromptListChangedNotificationSchema, () => void told.push('prompts'))
    agent.client.setNotificationHandler(ResourceListChangedNotificationSchema, () => void told.push('resources'))
    agent.client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void told.push(params.uri))
    await agent.client.setLoggingLevel('warning')
    await agent.client.subscribeResource({ uri: 'vantage://processes/web' })
    await agent.client.subscribeResource({ uri: 'vantage://processes/other' })
    await agent.client.unsubscribeResource({ uri: 'vantage://processes/other' })

    await using next = await connectClient(ground, newer)
    await waitFor('the agent was told', () => told.length >= 4)
    expect(told).toEqual(['tools', 'prompts', 'resources', 'vantage://processes/web'])
    told.length = 0
    await waitFor('the subscription holds at the new host', async () => {
      await next.call('create_process', { id: 'web', command: 'true' })
      await next.call('remove_process', { id: 'web' })
      return told.includes('vantage://processes/web')
    })
  })

  it('is one of several at once: they get one host together', async () => {
    await using ground = await playground()
    await using newer = await installVersion(NEWER)
    await using agent = await connectClient(ground)
    const pid = await startWeb(agent)
    await using one = startBridge(ground, [], newer.bin)
    await using two = startBridge(ground, [], newer.bin)
    await using three = startBridge(ground, [], newer.bin)
    for (const bridge of [one, two, three]) bridge.send(initialize(1))
    for (const bridge of [one, two, three]) expect((await bridge.answer(1)).result).toMatchObject({ serverInfo: { version: NEWER } })
    const host = await hostOfVersion(ground, NEWER)
    await waitFor('the others have given up', () => ground.hostPids().length === 1)
    expect(ground.hostPids()).toEqual([host.pid])
    expect((await agent.call('get_process_status', { id: 'web' })).structuredContent).toMatchObject({ state: 'Running', pid, run: 1 })
  })

  it('replaces a host that dies of being asked to hand over', async () => {
    await using ground = await playground()
    await using newer = await installVersion(NEWER)
    const deaf = spawn(SYSTEM_NODE, [fixture('deaf-host.mjs')], { env: { ...ground.env, VANTAGE_DATA_DIR: ground.dataDir }, stdio: 'ignore' })
    const ended = once(deaf, 'exit')
    const before = await ground.host()
    await using agent = await connectClient(ground)
    const pid = await startWeb(agent)
    await using next = await connectClient(ground, newer)
    expect(await ended).toEqual([null, 'SIGUSR2'])
    expect(await ground.host()).toMatchObject({ version: NEWER, url: before.url })
    expect((await next.call('get_process_status', { id: 'web' })).structuredContent).toMatchObject({ state: 'Running', pid, run: 1 })
  })

  it('uses an older host that does not give way', async () => {
    await using ground = await playground()
    await using newer = await installVersion(NEWER)
    await using embedded = await connectClient(ground, { args: ['--embedded'] })
    const before = await ground.host()
    await using next = await connectClient(ground, newer)
    expect(textOf(await next.call('ping'))).toBe('pong')
    expect((await ground.host()).pid).toBe(before.pid)
    expect(textOf(await embedded.call('ping'))).toBe('pong')
  })
})

describe('a bridge of an older version', () => {
  it('uses the newer host as it is', async () => {
    await using ground = await playground()
    await using older = await installVersion(OLDER)
    await using agent = await connectClient(ground)
    const before = await ground.host()
    await using old = await connectClient(ground, older)
    expect(textOf(await old.call('ping'))).toBe('pong')
    expect(old.client.getServerVersion()?.version).toBe(before.version)
    expect((await ground.host()).pid).toBe(before.pid)
    expect(textOf(await agent.call('ping'))).toBe('pong')
  })
})
