import { join } from 'node:path'
import { scratchDirectory, startHost } from './host.ts'
import { rowOf, type Row } from './report.ts'
import { quantile, timeOf } from './statistics.ts'

const WRITERS = 50
const SECONDS = 10
const BYTES_EACH = 200_000_000

/** Bounded twice: by what it writes, and by how long. */
const WRITER = 'timeout --foreground "$2" yes "$0" | head -c "$1"'

/** How the API answers while fifty processes write as fast as they can. */
export async function measureFloodCalls(): Promise<Row[]> {
  await using directory = await scratchDirectory()
  await using host = await startHost(join(directory.path, 'data'))
  const ids = Array.from({ length: WRITERS }, (_, index) => `writer-${index}`)
  const args = ['-c', WRITER, 'x'.repeat(99), String(BYTES_EACH), String(SECONDS)]
  for (const id of ids) await host.call('POST', '/api/processes', { id, command: '/bin/sh', args })
  // Looked at from the first start on: the first writers end before the last begin.
  let isStarted = false
  const starting = host.callAll('POST', ids.map(id => `/api/processes/${id}/start`)).then(() => isStarted = true)
  const taken: number[] = []
  for (let index = 0, end = performance.now() + SECONDS * 1000; performance.now() < end; index++) {
    const paths = ['/api/health', '/api/processes', `/api/processes/${ids[index % WRITERS]}`, `/api/processes/${ids[index % WRITERS]}/logs?lines=100`]
    taken.push(await timeOf(() => host.call('GET', paths[index % paths.length] ?? '')))
    if (isStarted && index % 20 === 0 && !JSON.stringify(await host.call('GET', '/api/processes')).includes('"state":"Running"')) break
  }
  await starting
  const row = rowOf(`flood of ${WRITERS}: API`, 'ms', taken, { note: `${taken.length} calls: health, list, get, logs; each writer ends after ${SECONDS} s or ${BYTES_EACH / 1e6} MB` })
  return [
    row,
    { what: `flood of ${WRITERS}: API p99`, unit: 'ms', p50: quantile(taken, 0.99), limit: { kind: 'below', value: 50 } },
    { what: `flood of ${WRITERS}: API, longest call`, unit: 'ms', p50: Math.max(...taken), limit: { kind: 'below', value: 500 } },
  ]
}
