import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ensureBuild } from '../helpers/host'
import { isRunning } from '../helpers/processes'
import { slowness } from '../helpers/slowness'
import { waitFor } from '../helpers/wait-for'
import { connectClient, initialize, millisecondsUntilExit, playground, startBridge, type Playground } from '../integration/mcp/playground'

beforeAll(() => ensureBuild())

const stubborn = { id: 'stubborn', command: 'sh', args: ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.1; done'] }

/** An embedded host that runs a process, which ignores SIGTERM; gives the pid of the process. */
async function embed(ground: Playground) {
  const bridge = startBridge(ground, ['--embedded'])
  const call = async (id: number, name: string, args: object) => {
    bridge.send({ id, method: 'tools/call', params: { name, arguments: args } })
    const { result } = await bridge.answer(id)
    return JSON.stringify(result)
  }
  bridge.send(initialize(1))
  await bridge.answer(1)
  await call(2, 'create_process', { ...stubborn, ready: { log: 'ready' } })
  const pid = Number(/"pid":(\d+)/.exec(await call(3, 'start_process', { id: 'stubborn', wait: 'ready' }))?.[1])
  return Object.assign(bridge, { pid })
}

const hasRecord = (ground: Playground) => stat(join(ground.dataDir, 'server.json')).then(() => true, () => false)

describe('vantage mcp --embedded', () => {
  it.each([
    ['stdin ends', (bridge: Awaited<ReturnType<typeof embed>>) => bridge.child.stdin.end()],
    ['SIGINT comes', bridge => bridge.child.kill('SIGINT')],
    ['SIGTERM comes', bridge => bridge.child.kill('SIGTERM')],
    ['SIGHUP comes', bridge => bridge.child.kill('SIGHUP')],
  ])('ends within a second when %s, and its process runs on', async (_, act) => {
    await using ground = await playground()
    await using bridge = await embed(ground)
    expect(await millisecondsUntilExit(bridge.child, () => void act(bridge))).toBeLessThan(1000 * await slowness())
    expect(bridge.child.exitCode).toBe(0)
    expect(isRunning(bridge.pid)).toBe(true)
    expect(await hasRecord(ground)).toBe(false)
  })

  it('ends when nobody reads its answers any more', async () => {
    await using ground = await playground()
    await using bridge = await embed(ground)
    bridge.child.stdout.destroy()
    bridge.send({ id: 9, method: 'tools/list' })
    expect((await bridge.ended).code).toBe(0)
    expect(isRunning(bridge.pid)).toBe(true)
  })

  it('that is told to stops its processes at the end of stdin: SIGTERM, and after 500 ms SIGKILL', async () => {
    await using ground = await playground({ VANTAGE_STOP_ON_SHUTDOWN: 'true' })
    await using bridge = await embed(ground)
    expect(await millisecondsUntilExit(bridge.child, () => bridge.child.stdin.end())).toBeLessThan(1000 * await slowness())
    await waitFor('its process is gone', () => !isRunning(bridge.pid))
  })

  it('that is killed leaves its process to the next host', async () => {
    await using ground = await playground()
    await using bridge = await embed(ground)
    bridge.child.kill('SIGINT')
    bridge.child.kill('SIGKILL')
    await bridge.ended
    await using next = await connectClient(ground)
    expect((await next.call('get_process_status', { id: 'stubborn' })).structuredContent).toMatchObject({ state: 'Running', pid: bridge.pid, run: 1 })
  })
})
