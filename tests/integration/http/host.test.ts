import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { launchHost, startHost, type LaunchedHost } from '../../helpers/host'
import { isRunning } from '../../helpers/processes'
import { slowness } from '../../helpers/slowness'
import { temporaryDirectory } from '../../helpers/temporary-directory'
import { waitFor } from '../../helpers/wait-for'

const sleeper = { id: 'web', command: 'sleep', args: ['600'] }

const ended = (host: LaunchedHost) => waitFor('the host has ended', () => host.exit())

async function startedPid(host: { send: (method: string, path: string, body?: unknown) => Promise<{ body: unknown }> }): Promise<number> {
  await host.send('POST', '/api/processes', sleeper)
  const { body } = await host.send('POST', '/api/processes/web/start')
  return Number(/"pid":(\d+)/.exec(JSON.stringify(body))?.[1])
}

describe('the start of a host', () => {
  it('tells where it is, in a directory that is only its own, and leaves stdout free', async () => {
    await using host = await startHost()
    const record = JSON.parse(await readFile(join(host.dataDir, 'server.json'), 'utf8'))
    expect(record).toMatchObject({ url: host.url, pid: host.pid, version: expect.any(String), data_dir: host.dataDir })
    expect((await stat(host.dataDir)).mode & 0o777).toBe(0o700)
    expect((await stat(join(host.dataDir, 'server.json'))).mode & 0o777).toBe(0o600)
    expect(host.stdout()).toBe('')
    for (const line of host.log().trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ level: 'info' })
  })

  it.each([
    ['NITRO_PORT', 'http'], ['HOST', '0.0.0.0'], ['VANTAGE_TOKEN', 'two words'], ['VANTAGE_TOKEN', ''],
    ['VANTAGE_LOG', 'loud'], ['VANTAGE_STOP_ON_SHUTDOWN', '1'], ['VANTAGE_AUTO_EXPORT_INTERVAL', '60'],
  ])('refuses %s=%s, naming it', async (variable, value) => {
    await using host = await launchHost({ env: { [variable]: value } })
    expect(await ended(host)).toEqual({ code: 1, signal: null })
    expect(host.log()).toContain(variable)
    await expect(stat(host.dataDir)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('refuses a token file that has none, naming it', async () => {
    await using directory = await temporaryDirectory()
    await writeFile(join(directory.path, 'token'), ' \n')
    await using host = await launchHost({ dataDir: directory.path })
    expect(await ended(host)).toEqual({ code: 1, signal: null })
    expect(host.log()).toContain(join(directory.path, 'token'))
  })

  it('refuses a directory that has a host, naming its URL and pid', async () => {
    await using first = await startHost()
    await using second = await launchHost({ dataDir: first.dataDir })
    expect(await ended(second)).toEqual({ code: 1, signal: null })
    expect(second.log()).toContain(first.url)
    expect(second.log()).toContain(`pid ${first.pid}`)
    expect(await first.send('GET', '/api/health')).toMatchObject({ body: { pid: first.pid } })
    expect(JSON.parse(await readFile(join(first.dataDir, 'server.json'), 'utf8'))).toMatchObject({ pid: first.pid })
  })

  it('refuses a port that is taken, naming who holds it', async () => {
    await using first = await startHost()
    await using second = await launchHost({ env: { NITRO_PORT: new URL(first.url).port } })
    expect(await ended(second)).toEqual({ code: 1, signal: null })
    expect(second.log()).toContain(`another Vantage host, pid ${first.pid}`)

    const stranger = createServer().listen(0, '127.0.0.1')
    await once(stranger, 'listening')
    const address = stranger.address()
    await using third = await launchHost({ env: { NITRO_PORT: String(typeof address === 'object' ? address?.port : '') } })
    expect(await ended(third)).toEqual({ code: 1, signal: null })
    if (process.platform === 'linux') expect(third.log()).toContain(`pid ${process.pid} `)
    stranger.close()
  })

  it('takes over what a crash left behind, its processes too', async () => {
    await using first = await startHost()
    const pid = await startedPid(first)
    await first.end('SIGKILL')
    await using second = await startHost({ dataDir: first.dataDir })
    expect(await second.send('GET', '/api/processes/web')).toMatchObject({ body: { state: 'Running', pid } })
  })
})

describe('the end of a host', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('ends within a second on %s and leaves processes running', async (signal) => {
    await using host = await startHost()
    const pid = await startedPid(host)
    const stream = await fetch(`${host.url}/api/events`)
    const started = performance.now()
    expect(await host.end(signal)).toEqual({ code: 0, signal: null })
    expect(performance.now() - started).toBeLessThan(1000 * await slowness())
    expect(await stream.text()).toContain('host.closing')
    expect(isRunning(pid)).toBe(true)
    await expect(stat(join(host.dataDir, 'server.json'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('ends cleanly while it is still starting', async () => {
    await using host = await launchHost()
    await waitFor('it holds the lock', () => stat(join(host.dataDir, 'host.sock')).catch(() => undefined))
    expect(await host.end()).toEqual({ code: 0, signal: null })
    await expect(stat(join(host.dataDir, 'server.json'))).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(stat(join(host.dataDir, 'host.sock'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('stops the processes where that is asked for', async () => {
    await using host = await startHost({ env: { VANTAGE_STOP_ON_SHUTDOWN: 'true' } })
    const pid = await startedPid(host)
    expect(await host.end()).toEqual({ code: 0, signal: null })
    expect(isRunning(pid)).toBe(false)
  })

  it('refuses requests while it waits for a stop, and ends at once on a second signal', async () => {
    await using host = await startHost({ env: { VANTAGE_STOP_ON_SHUTDOWN: 'true' } })
    await host.send('POST', '/api/processes', { id: 'deaf', command: 'sh', args: ['-c', 'trap "" TERM; echo ready; while :; do sleep 1; done'] })
    await host.send('POST', '/api/processes/deaf/start')
    await waitFor('it ignores SIGTERM', async () => JSON.stringify((await host.send('GET', '/api/processes/deaf/logs')).body).includes('ready'))
    const end = host.end()
    await waitFor('it refuses', async () => (await host.send('GET', '/api/processes')).status === 503)
    expect(await host.send('GET', '/api/health')).toMatchObject({ status: 503, body: { error: { code: 'SHUTTING_DOWN' } } })
    const started = performance.now()
    void host.end('SIGTERM')
    expect(await end).toEqual({ code: 130, signal: null })
    expect(performance.now() - started).toBeLessThan(1000 * await slowness())
  })
})
