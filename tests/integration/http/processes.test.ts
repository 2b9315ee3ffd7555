import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { startHost } from '../../helpers/host'
import { waitFor } from '../../helpers/wait-for'

const code = (name: string) => expect.objectContaining({
  body: { error: expect.objectContaining({ code: name, message: expect.any(String), hint: expect.any(String) }) },
})

describe('the rows of REST', () => {
  it('creates, reads, changes, runs and removes a process', async () => {
    await using host = await startHost()
    const created = await host.send('POST', '/api/processes', { id: 'web', command: 'sleep', args: ['600'], env: { A: '1', B: '2' }, tags: ['x'] })
    expect(created).toMatchObject({ status: 201, body: { id: 'web', state: 'NotStarted', phase: 'idle', cwd: process.cwd() } })
    expect(await host.send('GET', '/api/processes/web')).toMatchObject({ status: 200, body: created.body })
    expect(await host.send('PATCH', '/api/processes/web', { env: { B: null, C: '3' }, tags: null })).toMatchObject({ status: 200, body: { env: { A: '1', C: '3' } } })
    expect(await host.send('PUT', '/api/processes/web', { id: 'web', command: 'sleep', args: ['601'] })).toMatchObject({ body: { args: ['601'], env: {} } })
    const started = await host.send('POST', '/api/processes/web/start')
    expect(started).toMatchObject({ status: 200, body: { state: 'Running', run: 1, pid: expect.any(Number) } })
    expect(await host.send('POST', '/api/processes/web/restart', { wait: 'spawned' })).toMatchObject({ status: 200, body: { state: 'Running', run: 2 } })
    expect(await host.send('POST', '/api/processes/web/stop', { grace_ms: 1000, signal: 'SIGINT' })).toMatchObject({ status: 200, body: { state: 'Stopped' } })
    expect(await host.send('DELETE', '/api/processes/web')).toMatchObject({ status: 204, body: '' })
    expect(await host.send('GET', '/api/processes/web')).toEqual(code('PROCESS_NOT_FOUND'))
  })

  it('filters the list', async () => {
    await using host = await startHost()
    for (const [id, group] of [['api', 'back'], ['api-2', 'back'], ['web', 'front']]) {
      await host.send('POST', '/api/processes', { id, command: 'sleep', args: ['600'], group, tags: [`t-${id}`] })
    }
    await host.send('POST', '/api/processes/web/start')
    const ids = async (query: string) => {
      const { body } = await host.send('GET', `/api/processes${query}`)
      return Array.isArray(body) ? body.map(({ id }) => id) : body
    }
    expect(await ids('')).toEqual(['api', 'api-2', 'web'])
    expect(await ids('?state=running')).toEqual(['web'])
    expect(await ids('?name_pattern=api')).toEqual(['api', 'api-2'])
    expect(await ids('?name_pattern=api-*')).toEqual(['api-2'])
    expect(await ids('?name_pattern=sleep&group=front')).toEqual(['web'])
    expect(await ids('?tag=t-api')).toEqual(['api'])
    expect(await ids('?project=%2Felsewhere')).toEqual([])
    expect(await host.send('GET', '/api/processes?state=dead')).toMatchObject({ status: 400 })
  })

  it('takes project and PATH from the headers of its clients', async () => {
    await using host = await startHost()
    const headers = { 'x-vantage-client': 'cli', 'x-vantage-project': encodeURIComponent('/tmp') }
    expect(await host.send('POST', '/api/processes', { id: 'web', command: 'sleep' }, headers)).toMatchObject({ body: { project: '/tmp', cwd: '/tmp' } })
    expect(await host.send('GET', '/api/processes', undefined, { 'x-vantage-path': '%zz' })).toEqual(code('VALIDATION_FAILED'))
  })

  it('waits as long as it is told, and says when the time was over', async () => {
    await using host = await startHost()
    await host.send('POST', '/api/processes', { id: 'plain', command: 'sleep', args: ['600'] })
    await host.send('POST', '/api/processes', { id: 'slow', command: 'sleep', args: ['600'], ready: { log: 'never said' } })
    const plain = await host.send('POST', '/api/processes/plain/start', { wait: 'ready', timeout_ms: 60_000 })
    expect(plain).toMatchObject({ status: 200, body: { state: 'Running', phase: 'running' } })
    expect(plain.body).not.toHaveProperty('timed_out')
    expect(await host.send('POST', '/api/processes/slow/start', { wait: 'ready', timeout_ms: 50 })).toMatchObject({
      status: 200,
      body: { state: 'Running', run: 1, timed_out: true },
    })
    const spawned = await host.send('POST', '/api/processes/slow/restart', { wait: 'spawned', timeout_ms: 60_000 })
    expect(spawned).toMatchObject({ status: 200, body: { state: 'Running', run: 2 } })
    expect(spawned.body).not.toHaveProperty('timed_out')
  })

  it('starts, restarts and stops a group, whatever its name', async () => {
    await using host = await startHost()
    const group = 'back end/1'
    for (const id of ['b', 'a']) await host.send('POST', '/api/processes', { id, command: 'sleep', args: ['600'], group })
    await host.send('POST', '/api/processes', { id: 'c', command: 'sleep', args: ['600'], group: 'front' })
    const path = `/api/groups/${encodeURIComponent(group)}`
    const both = (fields: object) => ({ status: 200, body: ['a', 'b'].map(id => ({ id, ...fields })) })
    expect(await host.send('POST', `${path}/start`, { wait: 'ready', timeout_ms: 60_000 })).toMatchObject(both({ state: 'Running', run: 1 }))
    expect(await host.send('POST', `${path}/start`)).toMatchObject(both({ state: 'Running', run: 1 }))
    expect(await host.send('POST', `${path}/restart`)).toMatchObject(both({ state: 'Running', run: 2 }))
    expect(await host.send('POST', `${path}/stop`, { grace_ms: 1000, signal: 'SIGINT' })).toMatchObject(both({ state: 'Stopped' }))
    expect(await host.send('GET', '/api/processes/c')).toMatchObject({ body: { state: 'NotStarted' } })
  })

  it('hands input to a process as it is, and knows what it takes', async () => {
    await using host = await startHost()
    await host.send('POST', '/api/processes', { id: 'echo', command: 'cat', stdin: 'open' })
    await host.send('POST', '/api/processes/echo/start')
    expect(await host.send('POST', '/api/processes/echo/input', { text: 'one\ntw' })).toMatchObject({ status: 204, body: '' })
    expect(await host.send('POST', '/api/processes/echo/input', { text: 'o\n' })).toMatchObject({ status: 204 })
    await waitFor('both lines', async () => JSON.stringify((await host.send('GET', '/api/processes/echo/logs')).body) === '["one","two"]')
    const numbers = { cpu_percent: expect.any(Number), memory_bytes: expect.any(Number), ports: [] }
    expect(await host.send('GET', '/api/processes/echo')).toMatchObject({ body: numbers })
    expect(await host.send('GET', '/api/processes')).toMatchObject({ body: [numbers] })
    expect(await host.send('GET', '/api/dashboard')).toMatchObject({ body: { processes: [numbers] } })
  })

  it('lists the runs, newest first, and what they took', async () => {
    await using host = await startHost()
    await host.send('POST', '/api/processes', { id: 'p', command: 'sh', args: ['-c', 'exit 3'] })
    expect(await host.send('GET', '/api/processes/p/runs')).toMatchObject({ status: 200, body: [] })
    for (const run of [1, 2]) {
      await host.send('POST', '/api/processes/p/start')
      await waitFor('it has ended', async () => JSON.stringify((await host.send('GET', '/api/processes/p/runs')).body).includes(`"run":${run},`)
        && JSON.stringify((await host.send('GET', '/api/processes/p')).body).includes('"Failed"'))
    }
    const ended = { started_at: expect.any(String), ended_at: expect.any(String), exit_code: 3, reason: expect.any(String) }
    expect(await host.send('GET', '/api/processes/p/runs')).toMatchObject({ body: [{ run: 2, ...ended }, { run: 1, ...ended }] })
    const metrics = await host.send('GET', '/api/processes/p/metrics?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00%2B09:00')
    expect(metrics).toMatchObject({ status: 200, body: [] })
  })

  it('tells real numbers on the dashboard', async () => {
    await using host = await startHost()
    await host.send('POST', '/api/processes', { id: 'a', command: 'sleep', args: ['600'], auto_start_on_restore: true })
    await host.send('POST', '/api/processes', { id: 'b', command: 'sleep', args: ['600'] })
    await host.send('POST', '/api/processes/a/start')
    const { body } = await host.send('GET', '/api/dashboard')
    expect(body).toMatchObject({
      server: { pid: host.pid, data_dir: host.dataDir },
      stats: { total: 2, running: 1, stopped: 0, failed: 0, not_started: 1, auto_start_enabled: 1 },
      processes: [{ id: 'a' }, { id: 'b' }],
      recent_events: expect.arrayContaining([expect.objectContaining({ type: 'process.changed', process_id: 'a', state: 'Running', run: 1 })]),
    })
  })

  it('gives the log as text, and as a page with cursors', async () => {
    await using host = await startHost()
    await host.send('POST', '/api/processes', { id: 'p', command: 'sh', args: ['-c', 'echo one; echo two >&2; echo three'] })
    await host.send('POST', '/api/processes/p/start')
    await waitFor('it has ended', async () => JSON.stringify((await host.send('GET', '/api/processes/p')).body).includes('"Stopped"'))
    expect((await host.send('GET', '/api/processes/p/logs')).body).toEqual(['one', 'three'])
    expect((await host.send('GET', '/api/processes/p/logs?stream=stderr')).body).toEqual(['two'])
    expect((await host.send('GET', '/api/processes/p/logs?lines=1')).body).toEqual(['three'])
    const page = await host.send('GET', '/api/processes/p/logs?format=json')
    expect(page.body).toMatchObject({ lines: expect.arrayContaining([expect.objectContaining({ stream: 'stderr', text: 'two', run: 1 })]), next: expect.any(String) })
    for (const query of ['lines=0', 'lines=10001', 'lines=x', 'stream=all', 'format=xml', 'grep=(', 'level=info', 'context=x', 'from=now', 'since=nonsense']) {
      expect(await host.send('GET', `/api/processes/p/logs?${query}`)).toEqual(code('VALIDATION_FAILED'))
    }
    expect(await host.send('GET', '/api/processes/p/logs?run=7')).toEqual(code('RUN_NOT_FOUND'))
  })
})

describe('errors', () => {
  it('answers each with its code, message and hint, and nothing else', async () => {
    await using host = await startHost()
    await host.send('POST', '/api/processes', { id: 'web', command: 'sleep', args: ['600'] })
    await host.send('POST', '/api/processes', { id: 'idle', command: 'cat', stdin: 'open' })
    await host.send('POST', '/api/processes/web/start')
    const cases: [number, string, string, string, unknown?][] = [
      [400, 'VALIDATION_FAILED', 'POST', '/api/processes', { id: 'x' }],
      [400, 'VALIDATION_FAILED', 'POST', '/api/processes', { id: 'x', command: 'x', lifetime: 'session' }],
      [400, 'VALIDATION_FAILED', 'PATCH', '/api/processes/web', { agents: 'none' }],
      [400, 'VALIDATION_FAILED', 'PATCH', '/api/settings', { agent: 'allow' }],
      [400, 'VALIDATION_FAILED', 'GET', '/api/activity?limit=1001'],
      [400, 'VALIDATION_FAILED', 'GET', '/api/activity?before=0'],
      [400, 'VALIDATION_FAILED', 'POST', '/api/processes', '{"id":'],
      [400, 'VALIDATION_FAILED', 'POST', '/api/processes?id=x', {}],
      [400, 'VALIDATION_FAILED', 'POST', '/api/processes/gone/start', { wait: 'exit' }],
      [400, 'VALIDATION_FAILED', 'POST', '/api/processes/gone/restart', { wait: 'ready', timeout_ms: 3_600_001 }],
      [400, 'VALIDATION_FAILED', 'POST', '/api/groups/gone/start', { timeout_ms: 0 }],
      [400, 'VALIDATION_FAILED', 'POST', '/api/groups/gone/stop', { wait: 'ready' }],
      [400, 'VALIDATION_FAILED', 'POST', `/api/groups/${'g'.repeat(65)}/start`],
      [400, 'VALIDATION_FAILED', 'POST', '/api/processes/gone/input', {}],
      [400, 'VALIDATION_FAILED', 'POST', '/api/processes/gone/input', { text: '' }],
      [400, 'VALIDATION_FAILED', 'POST', '/api/processes/web/input', { text: 'a' }],
      [400, 'VALIDATION_FAILED', 'GET', '/api/processes/gone/metrics?from=yesterday'],
      [400, 'VALIDATION_FAILED', 'GET', '/api/processes/gone/metrics?from=2026-11-22T12:00:01Z&to=2026-11-22T13:00:00%2B01:00'],
      [400, 'VALIDATION_FAILED', 'GET', '/api/processes/gone/runs?limit=1'],
      [400, 'VALIDATION_FAILED', 'POST', '/api/processes/gone/stop', { signal: 'TERM' }],
      [400, 'VALIDATION_FAILED', 'PUT', '/api/processes/web', { id: 'other', command: 'x' }],
      [400, 'VALIDATION_FAILED', 'GET', '/api/processes/..%2Fx'],
      [400, 'VALIDATION_FAILED', 'GET', '/api/processes/__proto__'],
      [400, 'VALIDATION_FAILED', 'DELETE', '/api/processes/web?force=maybe'],
      [400, 'VALIDATION_FAILED', 'GET', '/api/health?verbose=1'],
      [400, 'VALIDATION_FAILED', 'GET', '/api/ws'],
      [400, 'UNSAFE_COMMAND', 'POST', '/api/processes', { id: 'x', command: 'a | b' }],
      [400, 'UNSAFE_CWD', 'POST', '/api/processes', { id: 'x', command: 'x', cwd: '/a/../b' }],
      [400, 'UNSAFE_ENV', 'POST', '/api/processes', { id: 'x', command: 'x', env: { LD_PRELOAD: '/x' } }],
      [404, 'NOT_FOUND', 'GET', '/api/nothing'],
      [404, 'NOT_FOUND', 'POST', '/api/processes/web/explode'],
      [404, 'NOT_FOUND', 'GET', '/_nuxt/missing.js'],
      [404, 'PROCESS_NOT_FOUND', 'GET', '/api/processes/wbe'],
      [404, 'PROCESS_NOT_FOUND', 'POST', '/api/processes/wbe/stop'],
      [404, 'PROCESS_NOT_FOUND', 'GET', '/api/processes/wbe/logs'],
      [404, 'PROCESS_NOT_FOUND', 'GET', '/api/processes/wbe/runs'],
      [404, 'PROCESS_NOT_FOUND', 'GET', '/api/processes/wbe/metrics'],
      [404, 'PROCESS_NOT_FOUND', 'POST', '/api/processes/wbe/input', { text: 'a' }],
      [404, 'PROCESS_NOT_FOUND', 'POST', '/api/groups/nobody/start'],
      [404, 'PROCESS_NOT_FOUND', 'POST', '/api/groups/nobody/stop'],
      [404, 'PROCESS_NOT_FOUND', 'POST', '/api/groups/nobody/restart'],
      [404, 'PROCESS_NOT_FOUND', 'GET', '/api/processes/wbe/logs/stream'],
      [405, 'METHOD_NOT_ALLOWED', 'PUT', '/api/health'],
      [405, 'METHOD_NOT_ALLOWED', 'GET', '/api/processes/web/start'],
      [405, 'METHOD_NOT_ALLOWED', 'GET', '/api/groups/back/stop'],
      [405, 'METHOD_NOT_ALLOWED', 'POST', '/'],
      [409, 'PROCESS_EXISTS', 'POST', '/api/processes', { id: 'web', command: 'x' }],
      [409, 'ALREADY_RUNNING', 'POST', '/api/processes/web/start'],
      [409, 'PROCESS_RUNNING', 'DELETE', '/api/processes/web'],
      [409, 'NOT_RUNNING', 'POST', '/api/processes/idle/input', { text: 'a' }],
    ]
    for (const [status, expected, method, path, body] of cases) {
      const answer = await host.send(method, path, body)
      expect({ method, path, ...answer }).toEqual(code(expected))
      expect(answer.status).toBe(status)
      expect(answer.headers.get('content-type')).toBe('application/json')
    }
    expect(await host.send('DELETE', '/api/processes/web?force=true')).toMatchObject({ status: 204 })
    expect(await host.send('POST', '/api/processes/web/stop')).toEqual(code('PROCESS_NOT_FOUND'))
  })

  it('names the methods of a known path', async () => {
    await using host = await startHost()
    expect((await host.send('POST', '/api/processes/web')).headers.get('allow')).toBe('DELETE, GET, HEAD, OPTIONS, PATCH, PUT')
    const options = await host.send('OPTIONS', '/api/processes')
    expect(options).toMatchObject({ status: 204, body: '' })
    expect(options.headers.get('allow')).toBe('GET, HEAD, OPTIONS, POST')
    expect([...options.headers.keys()].filter(name => name.startsWith('access-control'))).toEqual([])
    expect(await host.send('HEAD', '/api/health')).toMatchObject({ status: 200, body: '' })
  })
})

describe('bodies', () => {
  it('refuses one that says it is larger than 1 MiB, and one that grows beyond it', async () => {
    await using host = await startHost()
    const large = JSON.stringify({ id: 'x', command: 'x', description: 'x'.repeat(1024 * 1024) })
    expect(await host.send('POST', '/api/processes', large)).toEqual(code('PAYLOAD_TOO_LARGE'))
    expect(await sendChunked(host.url, large)).toBe(413)
    expect(await host.send('GET', '/api/processes')).toMatchObject({ status: 200, body: [] })
  })
})

/** Sends a body without saying its length; gives the status. */
function sendChunked(url: string, body: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/api/processes`, { method: 'POST', headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' } })
    sent.on('response', (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
