import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuSeconds, residentMegabytes } from './consumption.ts'
import { scratchDirectory, startHost, type BenchHost } from './host.ts'
import type { Row } from './report.ts'
import { openBenchSocket } from './socket.ts'

const PROCESSES = 100
const LOG_BYTES = 1024 * 1024
const WRITTEN_BYTES = 2 * LOG_BYTES
const SETTLE_MS = 5000
const LOOK_MS = 10_000

/** Writes more than its log keeps to both streams, then is silent. */
const FILL = 'yes "$0" | head -c "$1"; yes "$0" | head -c "$1" >&2; exec sleep 3600'

/** A hundred processes, each of both logs full: what the host weighs, and what it costs when somebody looks at their metrics. */
export async function measureCrowd(): Promise<Row[]> {
  await using directory = await scratchDirectory()
  await using host = await startHost(join(directory.path, 'data'))
  const ids = Array.from({ length: PROCESSES }, (_, index) => `full-${index}`)
  const args = ['-c', FILL, 'x'.repeat(99), String(WRITTEN_BYTES)]
  const isLimited = await host.call('POST', '/api/processes', { id: 'probe', command: 'true', limits: { log_bytes: LOG_BYTES } }).then(() => true, () => false)
  for (const id of ids) {
    await host.call('POST', '/api/processes', { id, command: '/bin/sh', args, ...(isLimited && { limits: { log_bytes: LOG_BYTES } }) })
  }
  await host.callAll('POST', ids.map(id => `/api/processes/${id}/start`))
  await untilIdle(host)
  const memory = residentMegabytes(host.pid)
  await host.callAll('GET', ids.map(id => `/api/processes/${id}/logs?stream=both&format=json&lines=100`))
  await untilIdle(host)
  const title = `memory with ${PROCESSES} processes and ${PROCESSES * 2} full logs`
  return [
    {
      what: title, unit: 'MB', p50: memory, limit: { kind: 'at most', value: 120 },
      note: isLimited ? 'a log is full at 1 MiB here' : '2 MiB each: a smaller limit for a log is not available here',
    },
    { what: `${title}, each looked into`, unit: 'MB', p50: residentMegabytes(host.pid), note: '100 lines of each' },
    await look(host),
  ]
}

/** What the host uses while a socket follows the topic `metrics`. */
async function look(host: BenchHost): Promise<Row> {
  const row = { what: `processor with ${PROCESSES} processes and somebody looking`, unit: '% of a core', limit: { kind: 'below', value: 2 } } as const
  using socket = await openBenchSocket(host.url)
  const first = socket.next(({ topic }) => topic === 'metrics')
  socket.subscribe('metrics')
  const answer = await Promise.race([first, sleep(SETTLE_MS)])
  if (answer?.type === 'error') return { ...row, reason: 'not available: this version has no topic "metrics"' }
  const before = cpuSeconds(host.pid)
  const from = performance.now()
  await sleep(LOOK_MS)
  return { ...row, p50: (cpuSeconds(host.pid) - before) / (performance.now() - from) * 1e5, note: `over ${LOOK_MS / 1000} s` }
}

/** Until the host has done what the logs gave it to do: half a second without processor time. */
async function untilIdle(host: BenchHost): Promise<void> {
  const end = performance.now() + 30_000
  for (let before = -1, now = cpuSeconds(host.pid); now - before > 0.01 && performance.now() < end; now = cpuSeconds(host.pid)) {
    before = now
    await sleep(500)
  }
}
