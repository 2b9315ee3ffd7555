import { join } from 'node:path'
import { scratchDirectory, startHost } from './host.ts'
import { rowOf, type Row } from './report.ts'

const ROUNDS = 5
const LIMIT = { kind: 'below', value: 1000 } as const

/** Times a host from its launch to a healthy answer: on an empty directory, with 50 definitions, and with 50 runs to adopt. */
export async function measureColdStart(): Promise<Row[]> {
  await using directory = await scratchDirectory()
  const empty = await times(index => join(directory.path, `empty-${index}`))
  const dataDir = join(directory.path, 'full')
  await using first = await startHost(dataDir)
  for (let index = 0; index < 50; index++) {
    await first.call('POST', '/api/processes', { id: `quiet-${index}`, command: 'sleep', args: ['3600'] })
  }
  await first.end()
  const defined = await times(() => dataDir)
  await using second = await startHost(dataDir)
  for (let index = 0; index < 50; index++) await second.call('POST', `/api/processes/quiet-${index}/start`)
  await second.end()
  const adopting = await times(() => dataDir)
  return [
    rowOf('cold start: empty', 'ms', empty, { limit: LIMIT }),
    rowOf('cold start: 50 definitions', 'ms', defined, { limit: LIMIT }),
    rowOf('cold start: 50 runs adopted', 'ms', adopting),
  ]
}

/** Each host is ended, not disposed of: what it supervises runs on for the next one. */
async function times(dataDirOf: (index: number) => string): Promise<number[]> {
  const taken: number[] = []
  for (let index = 0; index < ROUNDS; index++) {
    const host = await startHost(dataDirOf(index))
    taken.push(host.startedInMs)
    await host.end()
  }
  return taken
}
