import { once } from 'node:events'
import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { startHost, type TestHost } from '../../helpers/host'

interface Raw { method?: string, path?: string, headers?: Record<string, string>, body?: string }

/** Sends exactly these headers, as a browser of an attacker would; gives status and code. */
async function sendRaw(host: TestHost, { method = 'GET', path = '/api/processes', headers = {}, body }: Raw): Promise<[number | undefined, string | undefined]> {
  const sent = request(host.url + path, { method, headers })
  sent.end(body)
  const [kind, answer] = await Promise.race(['response', 'upgrade'].map(async name => [name, (await once(sent, name))[0]]))
  if (kind === 'upgrade') {
    sent.destroy()
    return [101, undefined]
  }
  let text = ''
  for await (const chunk of answer) text += chunk
  return [answer.statusCode, /"code":"(\w+)"/.exec(text)?.[1]]
}

const upgrade = { 'connection': 'Upgrade', 'upgrade': 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AQIDBAUGBwgJCgsMDQ4PEA==' }
const foreign: [string, Record<string, string>, string][] = [
  ['a foreign Origin', { origin: 'https://evil.example' }, 'FORBIDDEN_ORIGIN'],
  ['another port on localhost', { origin: 'http://127.0.0.1:3000' }, 'FORBIDDEN_ORIGIN'],
  ['a foreign Host', { host: 'evil.example:12700' }, 'FORBIDDEN_HOST'],
]

describe('the guard of the built host', () => {
  it('refuses strangers everywhere and starts nothing', async () => {
    await using host = await startHost()
    await host.send('POST', '/api/processes', { id: 'web', command: 'sleep', args: ['600'] })
    for (const [, headers, expected] of foreign) {
      for (const path of ['/', '/api/health', '/_nuxt/missing.js', '/api/events', '/mcp']) {
        expect(await sendRaw(host, { path, headers })).toEqual([403, expected])
      }
      expect(await sendRaw(host, { method: 'POST', path: '/api/processes/web/start', headers })).toEqual([403, expected])
      expect(await sendRaw(host, { path: '/api/ws', headers: { ...upgrade, ...headers } })).toEqual([403, expected])
    }
    expect(await host.send('GET', '/api/processes/web')).toMatchObject({ body: { state: 'NotStarted' } })
  })

  it('refuses a form that would create a process', async () => {
    await using host = await startHost()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect(await sendRaw(host, { method: 'POST', headers, body: 'id=x&command=touch' })).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE'])
    expect(await host.send('GET', '/api/processes')).toMatchObject({ body: [] })
  })

  it('lets the own page and its socket in', async () => {
    await using host = await startHost()
    expect(await sendRaw(host, { headers: { 'origin': host.url, 'sec-fetch-site': 'same-origin' } })).toEqual([200, undefined])
    expect(await sendRaw(host, { path: '/api/ws', headers: { ...upgrade, origin: host.url } })).toEqual([101, undefined])
    expect(await sendRaw(host, { path: '/elsewhere', headers: upgrade })).toEqual([404, 'NOT_FOUND'])
  })

  it('answers to an added name', async () => {
    await using host = await startHost({ env: { VANTAGE_ALLOWED_HOSTS: 'box.local' } })
    expect(await sendRaw(host, { headers: { host: 'box.local:80' } })).toEqual([200, undefined])
  })

  it('serves the page with a strict policy and its assets compressed for ever', async () => {
    await using host = await startHost()
    const page = await host.send('GET', '/processes/web')
    expect(page.status).toBe(200)
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'self'; script-src 'self'(?: 'sha256-[\w+/=]+')+; .*frame-ancestors 'none'$/)
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    const [asset] = /\/_nuxt\/[\w-]+\.js/.exec(String(page.body)) ?? []
    const script = await fetch(host.url + asset, { headers: { 'accept-encoding': 'br' } })
    expect(script.headers.get('cache-control')).toContain('immutable')
    expect(script.headers.get('content-encoding')).toBe('br')
  })
})
