import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { residentMegabytes } from './consumption.ts'
import { benchEnvironment, scratchDirectory, startHost, SYSTEM_NODE } from './host.ts'
import { rowOf, type Row } from './report.ts'
import { median, timed, timeOf } from './statistics.ts'

const BIN = join(import.meta.dirname, '../../bin/vantage.mjs')
const CALLS = 300
const ROUNDS = 7

/** Times an agent's way through `vantage mcp`: its start with and without a host, a call beside the same over HTTP; weighs it. */
export async function measureBridge(): Promise<Row[]> {
  await using directory = await scratchDirectory()
  const cold = await measureInitialize(index => join(directory.path, `cold-${index}`))
  const dataDir = join(directory.path, 'data')
  await using host = await startHost(dataDir)
  const warm = await measureInitialize(() => dataDir)
  const { client, transport } = await connect(dataDir)
  const direct = new Client({ name: 'bench', version: '1' })
  await direct.connect(new StreamableHTTPClientTransport(new URL('/mcp', host.url)))
  const ping = (one: Client) => () => one.callTool({ name: 'ping', arguments: {} })
  const through: number[] = []
  const beside: number[] = []
  for (let round = 0; round < 3; round++) {
    through.push(...await timed(CALLS / 3, ping(client)))
    beside.push(...await timed(CALLS / 3, ping(direct)))
  }
  const memory = residentMegabytes(transport.pid ?? 0)
  await client.close()
  await direct.close()
  return [
    rowOf('bridge: initialize with a host running', 'ms', warm, { limit: { kind: 'below', value: 500 }, note: 'from the launch of the bridge' }),
    rowOf('bridge: initialize with a cold start', 'ms', cold, { limit: { kind: 'below', value: 2500 }, note: 'no host before' }),
    rowOf('bridge: call', 'ms', through, { note: `by the SDK's client over HTTP: ${median(beside).toFixed(2)} ms` }),
    { what: 'bridge: overhead of a call', unit: 'ms', p50: median(through) - median(beside), limit: { kind: 'below', value: 8 } },
    { what: 'bridge: memory', unit: 'MB', p50: memory, limit: { kind: 'at most', value: 70 }, note: `after ${CALLS} calls` },
  ]
}

async function measureInitialize(dataDirOf: (index: number) => string): Promise<number[]> {
  const taken: number[] = []
  for (let index = 0; index < ROUNDS; index++) {
    let connected: Awaited<ReturnType<typeof connect>> | undefined
    taken.push(await timeOf(async () => void (connected = await connect(dataDirOf(index)))))
    await connected?.client.close()
    if (dataDirOf(0) !== dataDirOf(1)) endHost(dataDirOf(index))
  }
  return taken
}

async function connect(dataDir: string) {
  const env = Object.fromEntries(Object.entries(benchEnvironment({ NITRO_PORT: '0' })).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]))
  const transport = new StdioClientTransport({ command: SYSTEM_NODE, args: [BIN, 'mcp', '--data-dir', dataDir], env, stderr: 'inherit' })
  const client = new Client({ name: 'bench', version: '1' })
  await client.connect(transport)
  return { client, transport }
}

/** The bridge has started it in the background. */
function endHost(dataDir: string): void {
  const record: { pid: number } = JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8'))
  process.kill(record.pid, 'SIGTERM')
}
