import { join } from 'node:path'
import { cpuSeconds, residentMegabytes, threadSeconds, threadsOf } from './consumption.ts'
import { bareFlood, hostedFlood, LOWERED, untilTold, type Told } from './flood-writers.ts'
import { scratchDirectory, startHost, SYSTEM_NODE, type BenchHost } from './host.ts'
import { openPeers } from './peers.ts'
import { ratioOf, rowOf, type Other, type Row } from './report.ts'
import { openBenchSocket } from './socket.ts'
import { inTurns, median, timed } from './statistics.ts'

const FLOOD = join(import.meta.dirname, '../fixtures/flood.mjs')
const LINES = 1_000_000
const ROUNDS = 5
const PEER_LIMIT_MS = 40_000
const AT_MOST = { kind: 'at most', value: 1.3 } as const

/** How a million lines are written, and what the host may use for them (s) unwatched and watched. */
const KINDS = [
  { name: '4 KB writes', linesPerWrite: 40, cpu: 0.1, watchedCpu: undefined },
  { name: 'a write a line', linesPerWrite: 1, cpu: 0.05, watchedCpu: 0.2 },
]

/**
 * A million lines of 100 bytes from one process, beside the same writer on a bare file: rounds in turns, one file system.
 * A managed process gets the smaller share of a busy processor on purpose (autogroup), a bare writer does not; so on a
 * machine that is not quiet only the ratio to a bare writer with the same share says what the host itself costs.
 */
export async function measureFlood(): Promise<Row[]> {
  const rows: Row[] = []
  for (const kind of KINDS) rows.push(...await measureKind(kind))
  return rows
}

async function measureKind({ name, linesPerWrite, cpu, watchedCpu }: (typeof KINDS)[number]): Promise<Row[]> {
  await using directory = await scratchDirectory()
  const told = join(directory.path, 'told')
  const args = [FLOOD, String(LINES), String(linesPerWrite), told]
  const cost: Record<'hosted' | 'watched' | 'search', number[]> = { hosted: [], watched: [], search: [] }
  const memory: number[] = []
  const tail: number[] = []
  // Each round has a host of its own: the credit for bursts is one for all of a host, and comes back at 4 MB a second.
  const hosted = async (into: number[], isWatched: boolean) => {
    await using place = await scratchDirectory()
    await using host = await startHost(join(place.path, 'data'))
    await host.call('POST', '/api/processes', { id: 'flood', command: SYSTEM_NODE, args })
    const [before, threads] = [cpuSeconds(host.pid), threadsOf(host.pid)]
    const write = () => hostedFlood(host, told)
    const { ms } = isWatched ? await whileWatched(host, write) : await write()
    // The only thread a flood makes the host start is the one that looks for errors. It ends when it was idle for ten seconds.
    const search = threadSeconds(host.pid, threadsOf(host.pid).filter(thread => !threads.includes(thread)))
    cost.search.push(search)
    into.push(cpuSeconds(host.pid) - before - search)
    memory.push(residentMegabytes(host.pid))
    tail.push(...await timed(20, () => host.call('GET', '/api/processes/flood/logs?lines=100')))
    return ms
  }
  const msOf = async (writing: Promise<Told>) => (await writing).ms
  const valuesOf = await inTurns(ROUNDS, {
    bare: () => msOf(bareFlood(directory.path, told, [SYSTEM_NODE, ...args])),
    lowered: () => msOf(bareFlood(directory.path, told, ['/bin/sh', '-c', LOWERED, SYSTEM_NODE, ...args])),
    hosted: () => hosted(cost.hosted, false),
    watched: watchedCpu === undefined ? undefined : () => hosted(cost.watched, true),
  })
  const bare = valuesOf('bare')
  const title = `1 M lines, ${name}`
  return [
    rowOf(`${title}: under the host`, 'ms', valuesOf('hosted'), {
      floor: { name: 'bare file', value: median(bare) }, peers: await peerFloods(directory.path, told, args),
    }),
    ratioOf(`${title}: host / bare file`, valuesOf('hosted'), { by: bare, limit: AT_MOST }),
    ratioOf(`${title}: host / bare file with the same share`, valuesOf('hosted'), { by: valuesOf('lowered'), note: 'what the host itself costs' }),
    rowOf(`${title}: processor of the host`, 's', cost.hosted, { limit: { kind: 'at most', value: cpu }, note: 'unwatched' }),
    ...(watchedCpu === undefined
      ? []
      : [
          rowOf(`${title}: processor of the host`, 's', cost.watched, { limit: { kind: 'at most', value: watchedCpu }, note: 'watched by one WebSocket' }),
        ]),
    rowOf(`${title}: search for errors`, 's CPU', cost.search, { limit: { kind: 'at most', value: 0.4 }, note: 'counted apart from the rows above' }),
    rowOf(`${title}: memory of the host after it`, 'MB', memory),
    rowOf(`${title}: logs (100 lines) of the flood`, 'ms', tail, { limit: { kind: 'below', value: 50 } }),
  ]
}

async function whileWatched(host: BenchHost, write: () => Promise<Told>): Promise<Told> {
  using socket = await openBenchSocket(host.url)
  socket.onMessage(() => {}) // a reader that takes every frame
  socket.subscribe('logs:flood')
  return write()
}

/** The same writer under each peer, once: they take the lines through pipes of their own. */
async function peerFloods(directory: string, told: string, args: readonly string[]): Promise<Other[]> {
  await using peers = await openPeers(directory, [{ id: 'flood', command: SYSTEM_NODE, args }])
  const others: Other[] = []
  for (const one of peers.found) {
    if ('reason' in one) {
      others.push(one)
      continue
    }
    await one.peer.start('flood')
    others.push(await untilTold(told, PEER_LIMIT_MS).then(({ ms }) => ({ name: one.name, value: ms }), () => ({ name: one.name, reason: `over ${PEER_LIMIT_MS / 1000} s` })))
    await one.peer.stop('flood').catch(() => {}) // it has ended by itself
  }
  return others
}
