import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ensureBuild } from '../../../scripts/ensure-build.mjs'
import { connectClient, initialize, playground, startBridge, textOf } from './playground'

beforeAll(ensureBuild)

const TOKEN = 'bridge-token-1'
const initialized = { method: 'notifications/initialized' }
const ping = (id: number) => ({ id, method: 'tools/call', params: { name: 'ping', arguments: {} } })

async function statusOf(url: string, token?: string): Promise<number> {
  const answer = await fetch(`${url}/api/status`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })
  await answer.text()
  return answer.status
}

describe('a bridge to a host with a token', () => {
  it('hands the variable to the host that it starts, and shows it there', async () => {
    await using ground = await playground({ VANTAGE_TOKEN: TOKEN })
    await using agent = await connectClient(ground)
    expect(textOf(await agent.call('ping'))).toContain('pong')
    const { url } = await ground.host()
    expect([await statusOf(url), await statusOf(url, TOKEN)]).toEqual([401, 200])
  })

  it('reads the file of the data directory, and another one when the host is another', async () => {
    await using ground = await playground()
    const file = join(ground.dataDir, 'token')
    await mkdir(ground.dataDir, { recursive: true })
    await writeFile(file, `${TOKEN}\n`)
    await using agent = await connectClient(ground)
    expect(textOf(await agent.call('ping'))).toContain('pong')
    const { pid } = await ground.host()
    await writeFile(file, 'bridge-token-2')
    process.kill(pid, 'SIGKILL')
    expect(textOf(await agent.call('ping'))).toContain('pong')
    expect(await statusOf((await ground.host()).url, 'bridge-token-2')).toBe(200)
  })

  it('says where the wrong token came from, and goes on with the right one', async () => {
    await using ground = await playground({ VANTAGE_TOKEN: TOKEN })
    await using agent = await connectClient(ground)
    await agent.call('ping')
    const { url } = await ground.host()
    const { VANTAGE_TOKEN: _, ...env } = ground.env
    await using wrong = startBridge({ ...ground, env: { ...env, VANTAGE_TOKEN: 'bridge-token-2' } })
    wrong.send(initialize(1))
    expect((await wrong.answer(1)).error?.message).toMatch(/^The token is not that of this host\. The token came from VANTAGE_TOKEN\./)
    await using without = startBridge({ ...ground, env })
    without.send(initialize(1))
    expect((await without.answer(1)).error?.message).toMatch(/^This host wants a token\. No token was sent\. .*\/token\.$/)
    without.send(initialized)
    without.send(ping(2))
    expect((await without.answer(2)).result).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/^UNAUTHORIZED: This host wants a token\.\nNo token was sent/) }] })
    await writeFile(join(ground.dataDir, 'token'), TOKEN)
    without.send(ping(3))
    expect(JSON.stringify((await without.answer(3)).result)).toContain('pong')
    for (const bridge of [wrong, without]) expect(bridge.stderr() + bridge.out.join()).not.toContain('bridge-token')
    expect(await ground.host()).toMatchObject({ url })
  })

  it('never shows it to who has the port of a host that is gone', async () => {
    await using ground = await playground({ VANTAGE_TOKEN: TOKEN })
    const seen: (string | undefined)[] = []
    const stranger = createServer((req, res) => {
      seen.push(req.headers.authorization)
      res.setHeader('content-type', 'application/json').end('{"status":"ok","app":"vantage","version":"1.0.0","pid":1,"uptime_ms":1}')
    }).listen(0, '127.0.0.1')
    await once(stranger, 'listening')
    const address = stranger.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    await mkdir(ground.dataDir, { recursive: true })
    const record = { url, pid: 2 ** 22, version: '1.0.0', started_at: new Date().toISOString(), data_dir: ground.dataDir }
    await writeFile(join(ground.dataDir, 'server.json'), JSON.stringify(record))
    await using agent = await connectClient(ground)
    expect(textOf(await agent.call('ping'))).toContain('pong')
    expect(seen.length).toBeGreaterThan(0)
    expect(seen.filter(header => header !== undefined)).toEqual([])
    stranger.close()
  })

  it('starts a host beyond loopback with the names it was given, and none without a token', async () => {
    await using ground = await playground({ VANTAGE_TOKEN: TOKEN })
    await using bridge = startBridge(ground, ['--host', '0.0.0.0', '--allow-host', 'box.local', '--allow-host', 'other.local'])
    bridge.send(initialize(1))
    expect((await bridge.answer(1)).error).toBeUndefined()
    const { url } = await ground.host()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:/)
    for (const [host, status] of [['box.local', 200], ['other.local:80', 200], ['third.local', 403]] as const) {
      const [answer] = await once(request(`${url}/api/status`, { headers: { host, authorization: `Bearer ${TOKEN}` } }).end(), 'response')
      answer.resume()
      expect([host, answer.statusCode]).toEqual([host, status])
    }
    await using other = await playground()
    await using refused = startBridge(other, ['--host', '0.0.0.0'])
    expect(await refused.ended).toEqual({ code: 1 })
    expect(refused.stderr()).toContain('needs a token')
  })
})
