import { join } from 'node:path'
import { z } from 'zod'
import { scratchDirectory, startHost, type BenchHost } from './host.ts'
import { rowOf, type Row } from './report.ts'

const PROCESSES = 100
const ROUNDS = 5

const Listed = z.array(z.object({ id: z.string(), state: z.string(), pid: z.number().optional() }))

/** After kill -9 of the host: from the launch of the next one to its answer that all 100 run under the pids they had. */
export async function measureAdoption(): Promise<Row[]> {
  await using directory = await scratchDirectory()
  const dataDir = join(directory.path, 'data')
  await using first = await startHost(dataDir)
  const ids = Array.from({ length: PROCESSES }, (_, index) => `quiet-${index}`)
  for (const id of ids) await first.call('POST', '/api/processes', { id, command: '/bin/sleep', args: ['3600'] })
  await first.callAll('POST', ids.map(id => `/api/processes/${id}/start`))
  const before = await pidsOf(first)
  await first.end('SIGKILL')
  const taken: number[] = []
  for (let round = 0; round < ROUNDS; round++) taken.push(await adopt(dataDir, before))
  return [rowOf('adoption of 100 processes after kill -9 of the host', 'ms', taken, { limit: { kind: 'below', value: 1000 }, note: 'launch of Node included' })]
}

async function adopt(dataDir: string, before: string): Promise<number> {
  const from = performance.now()
  const host = await startHost(dataDir)
  const after = await pidsOf(host)
  const taken = performance.now() - from
  await host.end('SIGKILL')
  if (after !== before) throw new Error('not every process was adopted under its pid')
  return taken
}

/** Waits for the host's own adoption: it answers a list only when it is done. */
async function pidsOf(host: BenchHost): Promise<string> {
  const list = Listed.parse(await host.call('GET', '/api/processes'))
  return list.filter(({ state }) => state === 'Running').map(({ id, pid }) => `${id} ${pid}`).join('\n')
}
