import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { networkInterfaces } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ENTRY, launchHost, startHost, type TestHost } from '../../helpers/host'
import { apiRoutes } from '../../helpers/routes'
import { temporaryDirectory } from '../../helpers/temporary-directory'
import { waitFor } from '../../helpers/wait-for'

const TOKEN = 'integration-token-1'
const bearer = { authorization: `Bearer ${TOKEN}` }
const wrong = { authorization: 'Bearer integration-token-2' }
const withToken = { env: { VANTAGE_TOKEN: TOKEN } }
const upgrade = { 'connection': 'Upgrade', 'upgrade': 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AQIDBAUGBwgJCgsMDQ4PEA==' }

/** Everything that is asked for the token: the table of routes, what is none, and the MCP endpoint. */
const closed = [
  ...apiRoutes().filter(({ path }) => path !== '/api/health' && path !== '/api/session'),
  ...['GET', 'POST', 'DELETE', 'HEAD', 'OPTIONS'].flatMap(method => ['/mcp', '/api/nothing', '/api', '/%61pi/status'].map(path => ({ method, path }))),
]

interface Answered { status: number, asksFor: string | undefined, text: string }

/** Sends exactly these headers. Of a stream that goes on only the head is read. */
async function send(host: Pick<TestHost, 'url'>, method: string, path: string, headers: Record<string, string> = {}): Promise<Answered> {
  const sent = request(host.url + path, { method, headers })
  sent.end()
  const [answer, socket] = await Promise.race([once(sent, 'response'), once(sent, 'upgrade')])
  let text = ''
  if (answer.statusCode === 401) for await (const chunk of answer) text += chunk
  socket?.destroy()
  answer.destroy()
  return { status: answer.statusCode, asksFor: answer.headers['www-authenticate'], text }
}

async function signIn(host: TestHost): Promise<Record<string, string>> {
  const { status, headers } = await host.send('POST', '/api/session', { token: TOKEN })
  expect(status).toBe(204)
  return { cookie: headers.get('set-cookie')?.split(';')[0] ?? '' }
}

describe('a host with a token', () => {
  it('asks for it on every route, and takes it as bearer or cookie', async () => {
    await using host = await startHost(withToken)
    const cookie = await signIn(host)
    const refused: Record<string, string>[] = [{}, wrong, { cookie: `${cookie.cookie}x` }]
    expect(closed.length).toBeGreaterThan(40)
    for (const { method, path } of closed) {
      const where = `${method} ${path}`
      for (const headers of refused) {
        const { status, asksFor, text } = await send(host, method, path, headers)
        expect([where, status, asksFor]).toEqual([where, 401, 'Bearer'])
        if (method !== 'HEAD') expect(text).toMatch(/^\{"error":\{"code":"UNAUTHORIZED",/)
      }
      expect([where, (await send(host, method, `${path}?token=${TOKEN}`)).status]).toEqual([where, 401])
      for (const headers of [bearer, cookie]) expect([where, (await send(host, method, path, headers)).status]).not.toEqual([where, 401])
    }
    expect(await host.send('GET', '/api/processes', undefined, bearer)).toMatchObject({ status: 200, body: [] })
  })

  it('asks for it before a socket is upgraded, and ends the socket with the session', async () => {
    await using host = await startHost(withToken)
    const cookie = await signIn(host)
    for (const headers of [{}, wrong]) expect((await send(host, 'GET', '/api/ws', { ...upgrade, ...headers })).status).toBe(401)
    expect((await send(host, 'GET', `/api/ws?token=${TOKEN}`, upgrade)).status).toBe(401)
    expect((await send(host, 'GET', '/api/ws', { ...upgrade, ...bearer })).status).toBe(101)
    const sent = request(`${host.url}/api/ws`, { headers: { ...upgrade, ...cookie } }).end()
    const [, socket] = await once(sent, 'upgrade')
    const ended = once(socket.resume(), 'close')
    expect((await host.send('DELETE', '/api/session', undefined, cookie)).status).toBe(204)
    await ended
    expect((await send(host, 'GET', '/api/status', cookie)).status).toBe(401)
  })

  it('shows everybody the page, its assets, that it lives, and that it wants a token', async () => {
    await using host = await startHost(withToken)
    const files = await readdir(join(dirname(ENTRY), '../public'), { recursive: true, withFileTypes: true })
    const assets = files.filter(file => file.isFile() && !/\.(?:br|gz)$/.test(file.name)).map(file => join(file.parentPath, file.name).split('/public').at(-1) ?? '')
    expect(assets.length).toBeGreaterThan(10)
    for (const path of ['/', '/processes/web', ...assets]) expect([path, (await host.send('GET', path)).status]).toEqual([path, 200])
    expect(await host.send('GET', '/api/health')).toMatchObject({ status: 200, body: { pid: host.pid } })
    expect(await host.send('GET', '/api/session')).toMatchObject({ status: 200, body: { auth: 'token' } })
  })

  it('lets no page of another origin use the cookie', async () => {
    await using host = await startHost(withToken)
    const cookie = await signIn(host)
    const foreign = { ...cookie, origin: 'http://localhost:3000' }
    await host.send('POST', '/api/processes', { id: 'web', command: 'sleep', args: ['600'] }, cookie)
    for (const [method, path] of [['POST', '/api/processes/web/start'], ['DELETE', '/api/session'], ['POST', '/api/session'], ['GET', '/api/status']] as const) {
      expect((await send(host, method, path, foreign)).status).toBe(403)
    }
    expect((await send(host, 'GET', '/api/ws', { ...upgrade, ...foreign })).status).toBe(403)
    expect((await send(host, 'GET', '/api/status', { ...cookie, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' })).status).toBe(403)
    expect((await send(host, 'GET', '/api/status', { ...bearer, host: 'evil.example' })).status).toBe(403)
    expect(await host.send('GET', '/api/processes/web', undefined, cookie)).toMatchObject({ body: { state: 'NotStarted' } })
    expect((await send(host, 'GET', '/api/status', cookie)).status).toBe(200)
  })

  it('knows a session under the next host, until the token is another one', async () => {
    await using first = await startHost(withToken)
    const cookie = await signIn(first)
    await first.end()
    const env = { NITRO_PORT: new URL(first.url).port }
    {
      await using second = await startHost({ dataDir: first.dataDir, env: { ...env, ...withToken.env } })
      expect((await second.send('GET', '/api/status', undefined, cookie)).status).toBe(200)
      expect((await stat(join(first.dataDir, 'sessions.json'))).mode & 0o777).toBe(0o600)
    }
    await using third = await startHost({ dataDir: first.dataDir, env: { ...env, VANTAGE_TOKEN: 'integration-token-3' } })
    expect((await third.send('GET', '/api/status', undefined, cookie)).status).toBe(401)
  })

  it('refuses what is no request for a session', async () => {
    await using host = await startHost(withToken)
    for (const body of [{}, { token: 7 }, { token: TOKEN, more: true }]) {
      expect(await host.send('POST', '/api/session', body)).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_FAILED' } } })
    }
    const { status, headers } = await host.send('POST', '/api/session', { token: 'integration-token-2' })
    expect([status, headers.get('set-cookie'), headers.get('www-authenticate')]).toEqual([401, null, 'Bearer'])
    expect((await host.send('DELETE', '/api/session')).status).toBe(204)
  })

  it('hands it to no process, and writes it nowhere', async () => {
    await using host = await startHost(withToken)
    await host.send('POST', '/api/processes', { id: 'env', command: 'sh', args: ['-c', 'env; echo $VANTAGE_TOKEN; sleep 600'] }, bearer)
    await host.send('POST', '/api/processes/env/start', undefined, bearer)
    await host.send('GET', '/api/status', undefined, wrong)
    await host.send('GET', `/api/status?token=${TOKEN}`)
    await signIn(host)
    const lines = await waitFor('it has said its environment', async () => {
      const text = JSON.stringify((await host.send('GET', '/api/processes/env/logs', undefined, bearer)).body)
      return text.includes('VANTAGE_PROCESS_ID') ? text : undefined
    })
    expect(lines).not.toContain('integration-token')
    expect(await waitFor('a wrong one is told of', () => host.log().includes('a wrong token was refused'))).toBe(true)
    await host.end()
    expect(host.log()).not.toContain('integration-token')
    const files = await readdir(host.dataDir, { recursive: true, withFileTypes: true })
    const texts = await Promise.all(files.filter(file => file.isFile()).map(file => readFile(join(file.parentPath, file.name), 'latin1')))
    expect(texts.length).toBeGreaterThan(5)
    expect(texts.filter(text => text.includes('integration-token'))).toEqual([])
  })
})

describe('the token file', () => {
  it('is as good as the variable, which goes before it, and is closed to others', async () => {
    await using directory = await temporaryDirectory()
    const file = join(directory.path, 'token')
    await writeFile(file, `${TOKEN}\n`)
    await chmod(file, 0o644)
    {
      await using host = await startHost({ dataDir: directory.path })
      expect((await send(host, 'GET', '/api/status')).status).toBe(401)
      expect((await send(host, 'GET', '/api/status', bearer)).status).toBe(200)
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      expect(host.log()).toContain('was readable by others')
    }
    await using host = await startHost({ dataDir: directory.path, env: { VANTAGE_TOKEN: 'integration-token-2' } })
    expect((await send(host, 'GET', '/api/status', bearer)).status).toBe(401)
    expect((await send(host, 'GET', '/api/status', wrong)).status).toBe(200)
  })

  it('ends the start when it cannot be read', async () => {
    await using directory = await temporaryDirectory()
    await mkdir(join(directory.path, 'token'))
    await using host = await launchHost({ dataDir: directory.path })
    expect(await host.exited).toEqual({ code: 1, signal: null })
    expect(host.log()).toContain('EISDIR')
  })
})

describe('a host beyond loopback', () => {
  it.each(['0.0.0.0', '::', 'no-such-name.invalid'])('does not start on %s without a token, and says what to do', async (address) => {
    await using host = await launchHost({ env: { NITRO_HOST: address } })
    expect(await host.exited).toEqual({ code: 1, signal: null })
    expect(host.log()).toMatch(new RegExp(`Listening on ${address.replaceAll('.', '\\.')} .*needs a token: set VANTAGE_TOKEN, or put one into .*/data/token`))
    await expect(stat(host.dataDir)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it.each(['0.0.0.0', '::'])('listens on %s with one, tells an address that clients here can use, and answers to every own one', async (address) => {
    await using host = await startHost({ env: { VANTAGE_TOKEN: TOKEN, NITRO_HOST: address, VANTAGE_ALLOWED_HOSTS: 'box.local' } })
    const { url } = JSON.parse(await readFile(join(host.dataDir, 'server.json'), 'utf8'))
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const port = new URL(url).port
    const own = Object.values(networkInterfaces()).flatMap(list => list ?? []).filter(({ family }) => family === 'IPv4').map(entry => entry.address)
    expect(own).toContain('127.0.0.1')
    for (const name of own) {
      expect([name, (await send({ url: `http://${name}:${port}` }, 'GET', '/api/status')).status]).toEqual([name, 401])
      expect([name, (await send({ url: `http://${name}:${port}` }, 'GET', '/api/status', bearer)).status]).toEqual([name, 200])
    }
    expect((await send(host, 'GET', '/api/status', { ...bearer, host: 'box.local' })).status).toBe(200)
    expect((await send(host, 'GET', '/api/status', { ...bearer, host: '203.0.113.7' })).status).toBe(403)
    expect(host.log()).not.toContain('characters')
  })

  it('warns of a token that could be guessed, and takes it', async () => {
    await using host = await startHost({ env: { VANTAGE_TOKEN: 's3cret', NITRO_HOST: '0.0.0.0' } })
    expect((await send(host, 'GET', '/api/status', { authorization: 'Bearer s3cret' })).status).toBe(200)
    expect(host.log()).toContain('VANTAGE_TOKEN has fewer than 16 characters')
    expect(host.log()).not.toContain('s3cret')
  })
})
