import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuSeconds, residentMegabytes } from './consumption.ts'
import { scratchDirectory, startHost, SYSTEM_NODE, type BenchHost } from './host.ts'
import { rowOf, type Row } from './report.ts'
import { median, timed } from './statistics.ts'

const FLOOD = join(import.meta.dirname, '../fixtures/flood.mjs')
const LINES = 1_000_000
const LINES_PER_4_KB = 40
const ROUNDS = 7
const FLOOD_LIMIT_MS = 60_000

/** What the writer tells of itself. */
interface Told { ms: number, cpuMs: number }

/**
 * A million lines of 100 bytes from one process, beside the same writer on a bare file: rounds in turns, one file system.
 * A managed process gets the smaller share of a busy processor on purpose (autogroup), a bare writer does not; so on a
 * machine that is not quiet only the ratio to a bare writer with the same share says what the host itself costs.
 */
export async function measureFlood(): Promise<Row[]> {
  await using directory = await scratchDirectory()
  await using host = await startHost(join(directory.path, 'data'))
  const told = join(directory.path, 'told')
  const args = [FLOOD, String(LINES), String(LINES_PER_4_KB), told]
  await host.call('POST', '/api/processes', { id: 'flood', command: SYSTEM_NODE, args })
  const bare: Told[] = []
  const lowered: Told[] = []
  const hosted: Told[] = []
  const hostCpu: number[] = []
  const writers = [
    async () => bare.push(await bareFlood(directory.path, told, [SYSTEM_NODE, ...args])),
    async () => lowered.push(await bareFlood(directory.path, told, ['/bin/sh', '-c', LOWERED, SYSTEM_NODE, ...args])),
    async () => {
      const before = cpuSeconds(host.pid)
      hosted.push(await hostedFlood(host, told))
      hostCpu.push(cpuSeconds(host.pid) - before)
    },
  ]
  for (let round = 0; round < ROUNDS; round++) {
    for (const write of round % 2 === 0 ? writers : writers.toReversed()) await write()
  }
  const tail = await timed(100, () => host.call('GET', '/api/processes/flood/logs?lines=100'))
  const ms = (writes: Told[]) => writes.map(write => write.ms)
  const ratio = (peer: Told[]) => median(ms(hosted)) / median(ms(peer))
  return [
    rowOf('flood, 1 M lines in 4 KB writes: bare file', 'ms', ms(bare), { note: `${median(bare.map(write => write.cpuMs)).toFixed(0)} ms of processor` }),
    rowOf('flood, the same with the same share of the processor', 'ms', ms(lowered)),
    rowOf('flood, the same under the host', 'ms', ms(hosted), { note: `${median(hosted.map(write => write.cpuMs)).toFixed(0)} ms of processor` }),
    { what: 'flood: host / bare file', unit: '×', p50: ratio(bare), limit: { kind: 'at most', value: 1.5 }, note: `medians of ${ROUNDS} rounds in turns` },
    { what: 'flood: host / bare file with the same share', unit: '×', p50: ratio(lowered) },
    rowOf('flood: processor time of the host', 's', hostCpu, { note: 'per million lines' }),
    { what: 'flood: host memory after all rounds', unit: 'MB', p50: residentMegabytes(host.pid) },
    rowOf('logs (100 lines) of the flood', 'ms', tail, { limit: { kind: 'below', value: 50 } }),
  ]
}

/** What the shim does for every managed process. */
const LOWERED = 'echo 10 2>/dev/null >/proc/self/autogroup; exec "$0" "$@"'

/** How long the writer took by its own clock, its output going to a file that nobody looks at. */
async function bareFlood(directory: string, told: string, [command = '', ...args]: string[]): Promise<Told> {
  const dir = join(directory, 'bare')
  await mkdir(dir)
  const file = await open(join(dir, 'out.log'), 'a')
  const child = spawn(command, args, { stdio: ['ignore', file.fd, 'ignore'], timeout: FLOOD_LIMIT_MS, detached: true })
  await once(child, 'exit')
  await file.close()
  await rm(dir, { recursive: true })
  const answer = await takeTold(told)
  if (!answer) throw new Error('the bare writer did not end')
  return answer
}

async function hostedFlood(host: BenchHost, told: string): Promise<Told> {
  await host.call('POST', '/api/processes/flood/start')
  const end = performance.now() + FLOOD_LIMIT_MS
  for (;;) {
    const answer = await takeTold(told)
    if (answer) {
      await settle(host)
      return answer
    }
    if (performance.now() > end) throw new Error(`the flood does not end within ${FLOOD_LIMIT_MS} ms`)
    await sleep(20)
  }
}

/** What the host still does for the flood afterwards belongs to its cost, and must not fall into the next round. */
async function settle(host: BenchHost): Promise<void> {
  for (let before = Number.NaN, now = cpuSeconds(host.pid); now !== before || await isRunning(host); now = cpuSeconds(host.pid)) {
    before = now
    await sleep(300)
  }
}

async function isRunning(host: BenchHost): Promise<boolean> {
  return JSON.stringify(await host.call('GET', '/api/processes/flood')).includes('"state":"Running"')
}

/** Reads and removes what the writer has told; undefined as long as that is nothing. */
async function takeTold(told: string): Promise<Told | undefined> {
  const text = await readFile(told, 'utf8').catch(() => '') // it is still writing
  const [ms, cpuMs] = text.split(' ').map(Number)
  if (ms === undefined || cpuMs === undefined) return undefined
  await rm(told)
  return { ms, cpuMs }
}
