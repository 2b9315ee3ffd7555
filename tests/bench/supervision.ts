import { join } from 'node:path'
import { runCommand } from './command.ts'
import { benchEnvironment, scratchDirectory, startHost, SYSTEM_NODE, type BenchHost } from './host.ts'
import { loopDelayArgs, takeLoopDelay } from './loop-delay.ts'
import { openPeers, type Found } from './peers.ts'
import { ratioOf, rowOf, type Other, type Row } from './report.ts'
import { inTurns, median, timeOf } from './statistics.ts'

const BIN = join(import.meta.dirname, '../../bin/vantage.mjs')
const ROUNDS = 5
const PROCESSES = 50
const SINGLE = 'single'
const LOOP_LIMIT_MS = 60

const ids = Array.from({ length: PROCESSES }, (_, index) => `quiet-${index}`)
const programs = [SINGLE, ...ids].map(id => ({ id, command: '/bin/sleep', args: ['3600'] }))

interface Ground { host: BenchHost, dataDir: string, loopFile: string, found: Found[], shim: () => Promise<void> }

/** Start and stop of one and of fifty, beside pm2 and supervisor: the same programs, all defined before, rounds in turns. */
export async function measureSupervision(): Promise<Row[]> {
  await using directory = await scratchDirectory()
  const dataDir = join(directory.path, 'data')
  const loopFile = join(directory.path, 'loop')
  await using host = await startHost(dataDir, loopDelayArgs(loopFile))
  for (const program of programs) await host.call('POST', '/api/processes', program)
  await using peers = await openPeers(directory.path, programs)
  const ground = { host, dataDir, loopFile, found: peers.found, shim: () => runCommand(['/bin/sh', '-c', '/bin/true'], benchEnvironment()) }
  return [...await one(ground), ...await fifty(ground)]
}

async function one({ host, dataDir, found, shim }: Ground): Promise<Row[]> {
  const env = benchEnvironment({ VANTAGE_DATA_DIR: dataDir })
  const thenStop = async (ms: Promise<number>, stop: () => Promise<unknown>) => {
    const taken = await ms
    await stop()
    return taken
  }
  const stop = () => host.call('POST', `/api/processes/${SINGLE}/stop`)
  const peerStart = (name: string) => () => {
    const peer = peerOf(found, name)
    return peer ? thenStop(timeOf(() => peer.start(SINGLE)), () => peer.stop(SINGLE)) : Promise.resolve(Number.NaN)
  }
  const valuesOf = await inTurns(ROUNDS, {
    rest: () => thenStop(timeOf(() => host.call('POST', `/api/processes/${SINGLE}/start`)), stop),
    command: () => thenStop(timeOf(() => runCommand([SYSTEM_NODE, BIN, 'start', SINGLE], env)), stop),
    pm2: peerStart('pm2'),
    supervisor: peerStart('supervisor'),
    node: () => timeOf(() => runCommand([SYSTEM_NODE, '-e', '0'], env)),
    shim: () => timeOf(shim),
  })
  const peers = others(found, { pm2: valuesOf('pm2'), supervisor: valuesOf('supervisor') })
  const node = { name: 'node -e 0', value: median(valuesOf('node')) }
  const by = reasonOf(found, 'pm2') ?? valuesOf('pm2')
  const limit = { kind: 'at most', value: 0.2 } as const
  return [
    rowOf('start 1: REST', 'ms', valuesOf('rest'), { peers, floor: { name: 'sh -c true', value: median(valuesOf('shim')) } }),
    rowOf('start 1: vantage start', 'ms', valuesOf('command'), { peers, floor: node }),
    ratioOf('start 1: REST / pm2 start', valuesOf('rest'), { by, limit }),
    ratioOf('start 1: vantage start / pm2 start', valuesOf('command'), {
      by, limit, ...(typeof by !== 'string' && { floor: { name: 'node -e 0', value: node.value / median(by) } }),
    }),
  ]
}

async function fifty({ host, loopFile, found, shim }: Ground): Promise<Row[]> {
  const stalls: number[] = []
  const stops: Record<'vantage' | 'pm2' | 'supervisor', number[]> = { vantage: [], pm2: [], supervisor: [] }
  const all = (action: string) => host.callAll('POST', ids.map(id => `/api/processes/${id}/${action}`))
  const peerAll = (name: 'pm2' | 'supervisor') => async () => {
    const peer = peerOf(found, name)
    if (!peer) return Number.NaN
    const taken = await timeOf(() => peer.start('all'))
    stops[name].push(await timeOf(() => peer.stop('all')))
    return taken
  }
  const valuesOf = await inTurns(ROUNDS, {
    vantage: async () => {
      await takeLoopDelay(host, loopFile)
      const taken = await timeOf(() => all('start'))
      stalls.push(await takeLoopDelay(host, loopFile))
      stops.vantage.push(await timeOf(() => all('stop')))
      return taken
    },
    pm2: peerAll('pm2'),
    supervisor: peerAll('supervisor'),
    shim: () => timeOf(() => Promise.all(ids.map(shim))),
  })
  const missing = reasonOf(found, 'pm2')
  return [
    rowOf('start 50: REST, all up', 'ms', valuesOf('vantage'), {
      peers: others(found, { pm2: valuesOf('pm2'), supervisor: valuesOf('supervisor') }),
      floor: { name: '50 × sh -c true', value: median(valuesOf('shim')) },
    }),
    ratioOf('start 50: Vantage / pm2 start all', valuesOf('vantage'), { by: missing ?? valuesOf('pm2'), limit: { kind: 'at most', value: 0.67 } }),
    rowOf('start 50: event loop of the host stands still', 'ms', stalls, {
      limit: { kind: 'below', value: LOOP_LIMIT_MS }, note: 'longest gap of each round, by perf_hooks in the host',
    }),
    rowOf('stop 50: REST', 'ms', stops.vantage, { peers: others(found, stops) }),
    ratioOf('stop 50: Vantage / pm2 stop all', stops.vantage, { by: missing ?? stops.pm2, limit: { kind: 'at most', value: 0.1 } }),
  ]
}

function peerOf(found: readonly Found[], name: string) {
  const one = found.find(it => it.name === name)
  return one && 'peer' in one ? one.peer : undefined
}

function reasonOf(found: readonly Found[], name: string): string | undefined {
  const one = found.find(it => it.name === name)
  return one && 'reason' in one ? `${name}: ${one.reason}` : undefined
}

function others(found: readonly Found[], values: Readonly<Record<string, readonly number[]>>): Other[] {
  return found.map(one => 'reason' in one ? one : { name: one.name, value: median(values[one.name] ?? []) })
}
