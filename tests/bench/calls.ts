import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuSeconds, residentMegabytes } from './consumption.ts'
import { scratchDirectory, startHost, type BenchHost } from './host.ts'
import { rowOf, type Row } from './report.ts'
import { timed } from './statistics.ts'

const PROCESSES = 50
const CALLS = 200
const SETTLE_MS = 3000
const IDLE_MS = 12_000
const LOGGED_LINES = 10_000

const ANY_CALL = { kind: 'below', value: 100 } as const
const idOf = (index: number) => `quiet-${index}`

/** Times every call, and weighs the host while it does nothing: alone, and with 50 silent processes. */
export async function measureCalls(): Promise<Row[]> {
  await using directory = await scratchDirectory()
  await using host = await startHost(join(directory.path, 'data'))
  await sleep(SETTLE_MS)
  const alone = residentMegabytes(host.pid)
  const create = await timed(PROCESSES, index => host.call('POST', '/api/processes', { id: idOf(index), command: 'sleep', args: ['3600'] }))
  const more = await timed(CALLS - PROCESSES, index => host.call('POST', '/api/processes', { id: `more-${index}`, command: 'true' }))
  const remove = await timed(CALLS - PROCESSES, index => host.call('DELETE', `/api/processes/more-${index}`))
  const start = await timed(PROCESSES, index => host.call('POST', `/api/processes/${idOf(index)}/start`))
  const idle = await weighIdle(host)
  const looks = await measureLooks(host)
  const stop = await timed(PROCESSES, index => host.call('POST', `/api/processes/${idOf(index)}/stop`))
  return [
    rowOf('create', 'ms', [...create, ...more], { limit: { kind: 'below', value: 10 } }),
    rowOf('start', 'ms', start, { limit: { kind: 'below', value: 100 } }),
    rowOf('stop (a quiet process)', 'ms', stop, { limit: ANY_CALL }),
    rowOf('remove', 'ms', remove, { limit: ANY_CALL }),
    ...looks,
    { what: 'host alone: memory', unit: 'MB', p50: alone, limit: { kind: 'at most', value: 90 } },
    ...idle,
  ]
}

async function weighIdle(host: BenchHost): Promise<Row[]> {
  await sleep(SETTLE_MS)
  const before = cpuSeconds(host.pid)
  const started = performance.now()
  await sleep(IDLE_MS)
  const share = (cpuSeconds(host.pid) - before) / (performance.now() - started) * 1000 * 100
  return [
    { what: `host with ${PROCESSES} processes: memory`, unit: 'MB', p50: residentMegabytes(host.pid), limit: { kind: 'at most', value: 110 } },
    { what: `host with ${PROCESSES} silent processes: processor`, unit: '% of a core', p50: share, limit: { kind: 'below', value: 1 }, note: `over ${IDLE_MS / 1000} s` },
  ]
}

async function measureLooks(host: BenchHost): Promise<Row[]> {
  await host.call('POST', '/api/processes', { id: 'talker', command: 'seq', args: [String(LOGGED_LINES)] })
  await host.call('POST', '/api/processes/talker/start')
  await sleep(1000)
  const look = async (what: string, path: string, limit: Row['limit'] = ANY_CALL) =>
    rowOf(what, 'ms', await timed(CALLS, () => host.call('GET', path)), { limit })
  return [
    await look('logs (100 lines)', '/api/processes/talker/logs?lines=100', { kind: 'below', value: 50 }),
    await look('logs (1000 lines, with cursors)', '/api/processes/talker/logs?lines=1000&format=json&stream=both', { kind: 'below', value: 50 }),
    await look('get', `/api/processes/${idOf(7)}`),
    await look(`list (${PROCESSES} running)`, '/api/processes'),
    await look('status', '/api/status'),
    await look('health', '/api/health'),
    await look('dashboard', '/api/dashboard'),
  ]
}
