import { readFileSync, statSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ensureBuild } from '../../../scripts/ensure-build.mjs'
import { freePort } from '../../helpers/loopback'
import { isRunning } from '../../helpers/processes'
import { waitFor } from '../../helpers/wait-for'
import { connectClient, fixture, initialize, playground, startBridge, SYSTEM_NODE, textOf } from './playground'

beforeAll(ensureBuild)

describe('several bridges', () => {
  it('see the same processes, and the end of one ends nothing', async () => {
    await using ground = await playground()
    await using first = await connectClient(ground)
    await using second = await connectClient(ground)
    await first.call('create_process', { id: 'stays', command: SYSTEM_NODE, args: [fixture('tiny-web-server.mjs')] })
    const started = await first.call('start_process', { id: 'stays' })
    expect((await second.call('get_process_status', { id: 'stays' })).structuredContent?.pid).toBe(started.structuredContent?.pid)

    const { pid } = await ground.host()
    await first.client.close()
    expect(isRunning(Number(started.structuredContent?.pid))).toBe(true)
    expect(isRunning(pid)).toBe(true)
    expect((await second.call('get_process_status', { id: 'stays' })).structuredContent).toMatchObject({ state: 'Running', run: 1 })
  })

  it('started at once without a host get one host together', async () => {
    await using ground = await playground()
    await using one = startBridge(ground)
    await using two = startBridge(ground)
    await using three = startBridge(ground)
    for (const bridge of [one, two, three]) bridge.send(initialize(1))
    for (const bridge of [one, two, three]) expect((await bridge.answer(1)).result).toMatchObject({ serverInfo: { name: 'vantage' } })
    const { pid } = await ground.host()
    await waitFor('the others have given up', () => ground.hostPids().length === 1)
    expect(ground.hostPids()).toEqual([pid])
  })

  it('started by a managed process get a host that is not its descendant', async () => {
    const marks = { VANTAGE_RUN_ID: 'x'.repeat(32), VANTAGE_RUN: '1', VANTAGE_PROCESS_ID: 'agent', CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: 'x' }
    await using ground = await playground({ ...marks, VANTAGE_LOG: 'debug' })
    await using agent = await connectClient(ground)
    expect(textOf(await agent.call('ping'))).toBe('pong')
    const names = readFileSync(`/proc/${(await ground.host()).pid}/environ`, 'latin1').split('\0').map(entry => entry.split('=')[0])
    expect(names.filter(name => Object.hasOwn(marks, name ?? ''))).toEqual([])
    expect(names).toEqual(expect.arrayContaining(['PATH', 'HOME', 'VANTAGE_LOG']))
  })

  it('keep the host log to its owner, and a host its port', async () => {
    await using ground = await playground({ NITRO_PORT: '' })
    // Of the default port others may be waiting for their turn.
    const port = await freePort()
    await mkdir(ground.dataDir, { mode: 0o700 })
    await writeFile(join(ground.dataDir, 'settings.yaml'), `last_port: ${port}\n`)
    await using agent = await connectClient(ground)
    expect(textOf(await agent.call('ping'))).toBe('pong')
    expect(statSync(join(ground.dataDir, 'host.log')).mode & 0o777).toBe(0o600)
    const before = await ground.host()
    process.kill(before.pid, 'SIGKILL')
    const after = await waitFor('a new host', async () => {
      const host = await ground.host()
      return host.pid !== before.pid && host
    })
    expect([before.url, after.url]).toEqual([`http://127.0.0.1:${port}`, `http://127.0.0.1:${port}`])
  })

  it('end with 1 and the end of host.log when no host can be started', async () => {
    await using ground = await playground({ VANTAGE_STOP_ON_SHUTDOWN: 'perhaps' })
    await using bridge = startBridge(ground)
    expect((await bridge.ended).code).toBe(1)
    expect(bridge.stderr()).toContain('VANTAGE_STOP_ON_SHUTDOWN is "perhaps"')
    expect(bridge.out).toEqual([])
  })
})
