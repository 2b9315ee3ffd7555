import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuSeconds, residentMegabytes } from './consumption.ts'
import { scratchDirectory, startHost, type BenchHost } from './host.ts'
import { loopDelayArgs, takeLoopDelay } from './loop-delay.ts'
import { rowOf, type Row } from './report.ts'
import { timed } from './statistics.ts'

const LINES = 1_000_000
const TAILS = 100
const ROUNDS = 9
const WRITTEN_LIMIT_MS = 120_000

/** 100 bytes each, with the newline. */
const FORM = '2026-11-26T12:00:00.000Z INFO [http] GET /api/items/%07.0f 200 14ms agent=Mozilla/5.0 (X11; Linux)'
const PATH = '/api/processes/talker/logs?format=json&stream=both'

/** Each goes through the whole log. */
const SEARCHES = [
  { name: 'regex, 100 matches', query: `grep=${encodeURIComponent(String.raw`items/\d{3}7777 2\d\d`)}&lines=1000` },
  { name: 'regex, no match', query: `grep=${encodeURIComponent(String.raw`POST /api/\w+ 5\d\d`)}` },
]

/** Looks into a log of a million lines: at its end, and through all of it. */
export async function measureSearch(): Promise<Row[]> {
  await using directory = await scratchDirectory()
  const file = join(directory.path, 'loop-delay')
  await using host = await startHost(join(directory.path, 'data'), loopDelayArgs(file))
  await writeLog(host)
  const tails = await timed(TAILS, () => host.call('GET', `${PATH}&lines=100`))
  const rows: Row[] = [rowOf('log of 1 M lines: tail 100', 'ms', tails, { limit: { kind: 'below', value: 5 } })]
  for (const search of SEARCHES) rows.push(...await measureOne(host, { ...search, file }))
  const memory = residentMegabytes(host.pid)
  return [...rows, { what: 'log of 1 M lines: memory of the host after the searches', unit: 'MB', p50: memory, limit: { kind: 'at most', value: 120 } }]
}

interface Case { name: string, query: string, file: string }

async function measureOne(host: BenchHost, { name, query, file }: Case): Promise<Row[]> {
  const search = () => host.call('GET', `${PATH}&${query}`)
  await search()
  await takeLoopDelay(host, file)
  const before = cpuSeconds(host.pid)
  const taken = await timed(ROUNDS, search)
  const cpuMs = (cpuSeconds(host.pid) - before) / ROUNDS * 1000
  const gap = await takeLoopDelay(host, file)
  const what = `log of 1 M lines: ${name}`
  return [
    rowOf(what, 'ms', taken, { limit: { kind: 'below', value: 250 }, note: `${cpuMs.toFixed(0)} ms of processor time each` }),
    { what: `${what}, longest gap of the event loop`, unit: 'ms', p50: gap, limit: { kind: 'at most', value: 20 } },
  ]
}

async function writeLog(host: BenchHost): Promise<void> {
  const args = ['-f', FORM, '1', String(LINES)]
  await host.call('POST', '/api/processes', { id: 'talker', command: 'seq', args, limits: { log_bytes: 256 * 1024 * 1024 } })
  await host.call('POST', '/api/processes/talker/start')
  for (const end = performance.now() + WRITTEN_LIMIT_MS; performance.now() < end; await sleep(100)) {
    if (!JSON.stringify(await host.call('GET', '/api/processes/talker')).includes('"state":"Running"')) return
  }
  throw new Error('the log is not written')
}
