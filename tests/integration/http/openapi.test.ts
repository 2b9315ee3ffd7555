import { describe, expect, it } from 'vitest'
import { version } from '../../../package.json'
import { toOpenApi } from '../../../server/http/openapi/document'
import type { Verb } from '../../../server/http/route-description'
import { describedRoutes } from '../../helpers/described-routes'
import { codeOf, documentedBy } from '../../helpers/documented'
import { startHost, type TestHost } from '../../helpers/host'
import { openSocket } from '../../helpers/socket'
import { openStream } from '../../helpers/sse'
import { waitFor } from '../../helpers/wait-for'

const document = toOpenApi(await describedRoutes(), version)
const { check, checkNamed } = documentedBy(document)

/** Sends a request to a path of the document and checks that the answer is one of those that it names. */
async function ask(host: TestHost, verb: Verb, template: string, { fields = {}, query = '', body }: Asked = {}) {
  const path = template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(fields[name] ?? 'nobody'))
  const answer = await host.send(verb.toUpperCase(), path + query, body)
  check(verb, template, answer)
  return { ...answer, code: codeOf(answer.body) }
}

interface Asked { fields?: Record<string, string>, query?: string, body?: unknown }

/** Every path that is read at once, and answers with JSON. */
const reading = Object.entries(document.paths).flatMap(([path, { get }]) => path.startsWith('/api/') && get && isJson(get) ? [path] : [])

const PROCESS = '/api/processes/{id}'
const fields = { id: 'web' }

/** One process of each state, with a log and with what supervision adds. */
async function playground(host: TestHost): Promise<string[]> {
  const definitions = [
    { id: 'web', group: 'pack', command: 'sh', args: ['-c', 'echo one; echo two >&2; exec cat'], stdin: 'open', ready: { log: 'one' }, tags: ['x'] },
    { id: 'idle', command: 'true', env: { A: '1' }, restart: { policy: 'on_failure' }, limits: { memory_bytes: 100_000_000 }, depends_on: { web: 'ready' } },
    { id: 'done', command: 'sh', args: ['-c', 'echo "ERROR no"'] },
    { id: 'failed', command: 'sh', args: ['-c', 'exit 3'] },
  ]
  for (const body of definitions) expect((await ask(host, 'post', '/api/processes', { body })).status).toBe(201)
  for (const id of ['web', 'done', 'failed']) await ask(host, 'post', `${PROCESS}/start`, { fields: { id }, body: { wait: 'ready', timeout_ms: 15_000 } })
  return definitions.map(({ id }) => id)
}

describe('GET /api/openapi.json', () => {
  it('is made of the routes that the host has', async () => {
    await using host = await startHost()
    const answer = await ask(host, 'get', '/api/openapi.json')
    expect(answer).toMatchObject({ status: 200, body: JSON.parse(JSON.stringify(document)) })
    expect((await host.send('GET', '/api/openapi.json')).body).toEqual(answer.body)
  })
})

describe('what the host answers', () => {
  it('is as documented, on every path that reads', async () => {
    await using host = await startHost()
    const ids = await playground(host)
    await waitFor('both have ended', async () => {
      const { body } = await ask(host, 'get', '/api/dashboard')
      return JSON.stringify(body).includes('"failed":1') && JSON.stringify(body).includes('"stopped":1')
    })
    expect(reading.length).toBeGreaterThan(9)
    for (const path of reading) {
      for (const id of path.includes('{id}') ? [...ids, 'nobody'] : ['web']) {
        const { status } = await ask(host, 'get', path, { fields: { id }, query: path === '/api/logs' ? `?ids=${ids.join()}` : '' })
        if (path.startsWith('/api/processes')) expect(status, `${path} of ${id}`).toBe(id === 'nobody' ? 404 : 200)
      }
    }
    expect(await ask(host, 'get', `${PROCESS}/logs`, { fields, query: '?format=json&grep=o&context=1&lines=1' })).toMatchObject({ status: 200 })
  })

  it('is as documented, for what changes something', async () => {
    await using host = await startHost()
    await playground(host)
    const statuses = [
      await ask(host, 'post', `${PROCESS}/input`, { fields, body: { text: 'three\n' } }),
      await ask(host, 'patch', PROCESS, { fields, body: { env: { B: '2' }, tags: null } }),
      await ask(host, 'post', `${PROCESS}/restart`, { fields }),
      await ask(host, 'post', '/api/groups/{group}/stop', { fields: { group: 'pack' } }),
      await ask(host, 'post', '/api/groups/{group}/start', { fields: { group: 'pack' } }),
      await ask(host, 'post', '/api/groups/{group}/restart', { fields: { group: 'pack' }, body: { wait: 'spawned' } }),
      await ask(host, 'post', `${PROCESS}/stop`, { fields, body: { signal: 'SIGKILL' } }),
      await ask(host, 'delete', `${PROCESS}/logs`, { fields }),
      await ask(host, 'put', PROCESS, { fields, body: { id: 'web', command: 'sleep', args: ['600'] } }),
      await ask(host, 'delete', PROCESS, { fields }),
    ].map(({ status }) => status)
    expect(statuses).toEqual([204, 200, 200, 200, 200, 200, 200, 204, 200, 204])
  })

  it('is as documented, for what is refused', async () => {
    await using host = await startHost()
    await playground(host)
    const create = (more: object) => ask(host, 'post', '/api/processes', { body: { id: 'new', command: 'true', ...more } })
    const start = async (more: object) => {
      await create(more)
      const answer = await ask(host, 'post', `${PROCESS}/start`, { fields: { id: 'new' } })
      await ask(host, 'delete', PROCESS, { fields: { id: 'new' } })
      return answer
    }
    const startOrphan = async () => {
      await ask(host, 'patch', PROCESS, { fields: { id: 'failed' }, body: { depends_on: { done: 'started' } } })
      await ask(host, 'delete', PROCESS, { fields: { id: 'done' }, query: '?force=true' })
      return await ask(host, 'post', `${PROCESS}/start`, { fields: { id: 'failed' } })
    }
    const refused = [
      await create({ comand: 'x' }), await create({ id: 'web' }), await create({ command: 'a && b' }), await create({ cwd: '../x' }),
      await create({ env: { LD_PRELOAD: 'x' } }), await ask(host, 'patch', PROCESS, { fields, body: { depends_on: { idle: 'started' } } }),
      await start({ command: 'no-such-command' }), await start({ command: '/etc/passwd' }), await start({ cwd: '/no/such/place' }),
      await startOrphan(), await ask(host, 'post', `${PROCESS}/start`, { fields }),
      await ask(host, 'post', `${PROCESS}/stop`, { fields: { id: 'idle' } }), await ask(host, 'delete', PROCESS, { fields }),
      await ask(host, 'post', `${PROCESS}/input`, { fields: { id: 'idle' }, body: { text: 'x' } }),
      await ask(host, 'get', `${PROCESS}/logs`, { fields, query: '?run=9' }), await ask(host, 'post', '/api/groups/{group}/start'),
    ].map(({ code }) => code)
    expect(refused).toEqual([
      'VALIDATION_FAILED', 'PROCESS_EXISTS', 'UNSAFE_COMMAND', 'UNSAFE_CWD', 'UNSAFE_ENV', 'DEPENDENCY_CYCLE',
      'COMMAND_NOT_FOUND', 'COMMAND_NOT_EXECUTABLE', 'CWD_NOT_FOUND', 'DEPENDENCY_FAILED', 'ALREADY_RUNNING',
      'NOT_RUNNING', 'PROCESS_RUNNING', 'NOT_RUNNING', 'RUN_NOT_FOUND', 'PROCESS_NOT_FOUND',
    ])
  })

  it('is as documented, on the streams and on the socket', async () => {
    await using host = await startHost()
    await playground(host)
    using events = await openStream(`${host.url}/api/events`)
    using lines = await openStream(`${host.url}/api/processes/web/logs/stream`)
    using socket = await openSocket(host.url)
    for (const topic of ['events', 'metrics', 'logs:web', 'nonsense']) {
      const request = { op: 'subscribe', topic }
      checkNamed('SocketRequest', request)
      socket.send(request)
    }
    await socket.find('the socket is subscribed', ({ type }) => type === 'subscribed')
    await ask(host, 'post', `${PROCESS}/input`, { fields, body: { text: 'three\n' } })
    await ask(host, 'delete', PROCESS, { fields: { id: 'idle' } })
    await lines.find('a line', ({ data }) => JSON.stringify(data).includes('three'))
    await events.find('an event', ({ event }) => event === 'process.removed')
    for (const type of ['process.removed', 'lines', 'metrics', 'error']) await socket.find(type, message => message.type === type)
    for (const { data } of lines.messages) checkNamed('LogLine', data)
    for (const { data } of events.messages) checkNamed('StreamedEvent', data)
    for (const message of socket.messages) checkNamed('SocketMessage', message)
    expect(() => checkNamed('SocketMessage', { type: 'pong' })).toThrow('not as documented')
  })
})

/** Whether an operation answers at once, as JSON. */
function isJson({ responses }: { responses: Record<string, object> }): boolean {
  const success = responses[200]
  return success !== undefined && 'content' in success && Object.hasOwn(Object(success.content), 'application/json')
}
