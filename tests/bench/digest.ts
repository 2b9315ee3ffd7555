import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { build } from 'esbuild'
import { benchEnvironment, scratchDirectory, startHost, SYSTEM_NODE, type BenchHost } from './host.ts'
import { rowOf, type Row } from './report.ts'
import { timed, timeOf } from './statistics.ts'

const root = join(import.meta.dirname, '../..')
const NOISE = join(import.meta.dirname, 'noise.mjs')
const SCANNED_LINES = 300_000
const LINES = 100_000
const ROUNDS = 7
const CALLS = 50

/** What the search for errors costs, and how long an agent waits for a digest of what was just written, and of what is known. */
export async function measureDigest(): Promise<Row[]> {
  await using directory = await scratchDirectory()
  const scan = await measureScan(directory.path)
  await using host = await startHost(join(directory.path, 'data'))
  const client = new Client({ name: 'bench', version: '0' })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${host.url}/mcp`)))
  const digest = (id: string) => client.callTool({ name: 'get_process_output', arguments: { id } })
  const fresh: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    await writeNoise(host, `noise-${round}`)
    fresh.push(await timeOf(() => digest(`noise-${round}`)))
  }
  const warm = await timed(CALLS, () => digest('noise-0'))
  await client.close()
  return [
    rowOf('search for errors: 1,000,000 lines of 100 bytes', 's CPU', scan, { limit: { kind: 'at most', value: 0.4 } }),
    rowOf(`digest right after ${LINES.toLocaleString('en')} lines were written`, 'ms', fresh, { limit: { kind: 'below', value: 1500 } }),
    rowOf('digest again', 'ms', warm, { limit: { kind: 'below', value: 50 } }),
  ]
}

async function measureScan(directory: string): Promise<number[]> {
  const outfile = join(directory, 'extract.mjs')
  const entry = join(root, 'server/core/logs/digest/extract.ts')
  await build({ entryPoints: [entry], bundle: true, minify: true, platform: 'node', target: 'node20', format: 'esm', outfile, alias: { '#shared': join(root, 'shared') } })
  const noise = join(directory, 'noise.log')
  await keepNoise(noise)
  const output = execFileSync(SYSTEM_NODE, [join(import.meta.dirname, 'scan.mjs'), outfile, noise], { encoding: 'utf8', env: benchEnvironment() })
  return output.trim().split('\n').map(Number)
}

/** Writes the noise into a file. Its program stays alive, so its last line ends it. */
async function keepNoise(path: string): Promise<void> {
  const child = spawn(SYSTEM_NODE, [NOISE, String(SCANNED_LINES)], { env: benchEnvironment(), stdio: ['ignore', 'pipe', 'inherit'] })
  const file = createWriteStream(path)
  let end = ''
  child.stdout.on('data', (chunk: Buffer) => {
    file.write(chunk)
    end = (end + chunk.toString('latin1')).slice(-8)
    if (end === 'written\n') child.kill()
  })
  await once(child, 'close')
  file.end()
  await once(file, 'finish')
}

async function writeNoise(host: BenchHost, id: string): Promise<void> {
  await host.call('POST', '/api/processes', { id, command: SYSTEM_NODE, args: [NOISE, String(LINES)] })
  await host.call('POST', `/api/processes/${id}/start`)
  for (;;) {
    const last = await host.call('GET', `/api/processes/${id}/logs?lines=1`)
    if (Array.isArray(last) && last[0] === 'written') return
    await sleep(5)
  }
}
