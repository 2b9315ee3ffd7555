import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuSeconds } from './consumption.ts'
import { scratchDirectory, startHost, SYSTEM_NODE, type BenchHost } from './host.ts'
import { rowOf, type Row } from './report.ts'
import { openBenchSocket, type BenchSocket } from './socket.ts'
import { quantile, timeOf } from './statistics.ts'

const RATE = join(import.meta.dirname, '../fixtures/rate.mjs')
const VIEWERS = 20
const LINES_PER_SECOND = 2000
const SECONDS = 5
/** Long enough for all of them to have begun: twenty programs that start take both cores. */
const WRITING_SECONDS = 20

/** How the API answers while twenty viewers each follow the log of a busy process. */
export async function measureViewers(): Promise<Row[]> {
  await using directory = await scratchDirectory()
  await using host = await startHost(join(directory.path, 'data'))
  const ids = Array.from({ length: VIEWERS }, (_, index) => `writer-${index}`)
  const args = [RATE, String(LINES_PER_SECOND), String(WRITING_SECONDS)]
  for (const id of ids) await host.call('POST', '/api/processes', { id, command: SYSTEM_NODE, args })
  const sockets: BenchSocket[] = []
  let seen = 0
  try {
    for (const id of ids) {
      const socket = await openBenchSocket(host.url)
      sockets.push(socket)
      socket.subscribe(`logs:${id}`)
    }
    // One viewer counts; to look into every message of all would be measuring the client.
    sockets[0]?.onMessage(({ type, data }) => seen += type === 'lines' && Array.isArray(data) ? data.length : 0)
    await host.callAll('POST', ids.map(id => `/api/processes/${id}/start`))
    for (const id of ids) await untilWriting(host, id)
    seen = 0
    const before = { cpu: cpuSeconds(host.pid), at: performance.now() }
    const taken: number[] = []
    for (let index = 0, end = performance.now() + SECONDS * 1000; performance.now() < end; index++) {
      const paths = ['/api/health', '/api/processes', `/api/processes/${ids[index % VIEWERS]}`, `/api/processes/${ids[index % VIEWERS]}/logs?lines=100`]
      taken.push(await timeOf(() => host.call('GET', paths[index % paths.length] ?? '')))
    }
    const share = (cpuSeconds(host.pid) - before.cpu) / (performance.now() - before.at) * 1000 * 100
    const note = `${taken.length} calls: health, list, get, logs; ${LINES_PER_SECOND} lines/s each for ${SECONDS} s; one viewer saw ${seen} lines`
    return [
      rowOf(`${VIEWERS} live viewers: API`, 'ms', taken, { note }),
      { what: `${VIEWERS} live viewers: API p99`, unit: 'ms', p50: quantile(taken, 0.99), limit: { kind: 'below', value: 50 } },
      { what: `${VIEWERS} live viewers: processor of the host`, unit: '% of a core', p50: share },
    ]
  }
  finally {
    for (const socket of sockets) socket[Symbol.dispose]()
  }
}

async function untilWriting(host: BenchHost, id: string): Promise<void> {
  while (JSON.stringify(await host.call('GET', `/api/processes/${id}/logs?lines=1`)) === '[]') await sleep(50)
}
