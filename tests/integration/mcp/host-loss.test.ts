import { beforeAll, describe, expect, it } from 'vitest'
import { ensureBuild } from '../../../scripts/ensure-build.mjs'
import { isRunning } from '../../helpers/processes'
import { waitFor } from '../../helpers/wait-for'
import { connectClient, fixture, playground, SYSTEM_NODE, textOf, type Playground } from './playground'

beforeAll(ensureBuild)

async function nextHost(ground: Playground, oldPid: number) {
  return waitFor('the next host', async () => {
    const host = await ground.host()
    return host.pid !== oldPid && host
  })
}

describe('a host that is killed', () => {
  it('is replaced between two calls without the client noticing, and the process runs on', async () => {
    await using ground = await playground()
    await using agent = await connectClient(ground)
    await agent.call('create_process', { id: 'web', command: SYSTEM_NODE, args: [fixture('tiny-web-server.mjs')] })
    const { pid } = (await agent.call('start_process', { id: 'web' })).structuredContent ?? {}
    for (let round = 0; round < 3; round++) {
      const host = await ground.host()
      process.kill(host.pid, 'SIGKILL')
      expect((await agent.call('get_process_status', { id: 'web' })).structuredContent).toMatchObject({ state: 'Running', pid, run: 1 })
      expect(isRunning(Number(pid))).toBe(true)
    }
    await agent.call('stop_process', { id: 'web' })
  })

  it('is replaced at once, not at the next call', async () => {
    await using ground = await playground()
    await using _agent = await connectClient(ground)
    const host = await ground.host()
    process.kill(host.pid, 'SIGKILL')
    await nextHost(ground, host.pid)
  })

  it('is replaced after a shutdown, too', async () => {
    await using ground = await playground()
    await using agent = await connectClient(ground)
    const host = await ground.host()
    process.kill(host.pid, 'SIGTERM')
    await nextHost(ground, host.pid)
    expect(textOf(await agent.call('ping'))).toBe('pong')
  })

  it('loses no call that only reads', async () => {
    await using ground = await playground()
    await using agent = await connectClient(ground)
    await agent.client.listTools()
    const host = await ground.host()
    process.kill(host.pid, 'SIGSTOP')
    const call = agent.call('list_processes')
    const ping = agent.client.ping()
    await requestReached(host)
    process.kill(host.pid, 'SIGKILL')
    expect((await call).structuredContent).toEqual({ processes: [], total: 0 })
    await ping
  })

  it('fails a call that changes something: whether it took effect is not known', async () => {
    await using ground = await playground()
    await using agent = await connectClient(ground)
    await agent.client.listTools()
    await agent.call('create_process', { id: 'stubborn', command: SYSTEM_NODE, args: [fixture('stubborn.mjs')] })
    await agent.call('start_process', { id: 'stubborn' })
    await waitFor('it ignores SIGTERM', async () => textOf(await agent.call('get_process_output', { id: 'stubborn' })).includes('| ready'))
    const host = await ground.host()
    const stop = agent.call('stop_process', { id: 'stubborn', grace_ms: 3000 })
    await waitFor('the stop has begun', async () => textOf(await agent.call('get_process_output', { id: 'stubborn' })).includes('SIGTERM ignored'))
    process.kill(host.pid, 'SIGKILL')
    const result = await stop
    expect(result.isError).toBe(true)
    expect(textOf(result)).toMatch(/^INTERNAL: The host was restarted during this call.*\nCheck the state with list_processes/)
    await waitFor('the next host has finished the stop', async () => (await agent.call('get_process_status', { id: 'stubborn' })).structuredContent?.state === 'Stopped')
  })
})

/** A stopped host cannot say that a request has come; its kernel holds the bytes. */
async function requestReached({ pid }: { pid: number }): Promise<void> {
  const { readFileSync } = await import('node:fs')
  await waitFor('bytes wait for the stopped host', () =>
    readFileSync(`/proc/${pid}/net/tcp`, 'latin1').split('\n').slice(1).some((row) => {
      const queue = row.trim().split(/\s+/)[4]?.split(':')[1]
      return queue !== undefined && Number.parseInt(queue, 16) > 0
    }))
}
