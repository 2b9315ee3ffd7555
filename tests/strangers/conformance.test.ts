import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createMcpEndpoint } from '../../mcp/http'
import { createGuard } from '../../server/http/guard'
import { guardServer } from '../../server/http/guarded-server'
import { startHost } from '../helpers/host'
import { waitFor } from '../helpers/wait-for'
import { BIN, type Playground, playground, SYSTEM_NODE } from '../integration/mcp/playground'
import { conformance, runConformance } from './conformance'
import { createEverythingServer } from './everything-server'
import { installClient } from './installed-client'
import { freePort, listenOnLoopback } from '../helpers/loopback'

const EXPECTED = join(import.meta.dirname, 'conformance.yml')

/** What must pass against the product itself; the last one is not scored by the suite. */
const MUST_PASS = [
  'server-initialize', 'logging-set-level', 'ping', 'tools-list', 'tools-call-simple-text', 'tools-call-error', 'server-sse-multiple-streams',
  'resources-list', 'resources-subscribe', 'resources-unsubscribe', 'prompts-list', 'dns-rebinding-protection', 'server-session-lifecycle',
]

/** Not required by the revision: run and shown by the suite, never counted. Neither is a fixture of its own server either. */
const NOT_SCORED = ['json-schema-2020-12', 'server-sse-polling']

const gateway = await installClient('supergateway@4.0.0')

/** The fixtures of the suite behind the HTTP endpoint and guard of Vantage. */
async function startEverything(): Promise<{ url: string } & AsyncDisposable> {
  const endpoint = createMcpEndpoint()
  const server = createServer((req, res) => void endpoint.handle(req, res, { createServer: createEverythingServer }))
  guardServer(server, createGuard({ isAddedName: () => false }))
  const listening = await listenOnLoopback(server)
  return {
    url: `http://127.0.0.1:${listening.port}/mcp`,
    async [Symbol.asyncDispose]() {
      await endpoint.close()
      await listening[Symbol.asyncDispose]()
    },
  }
}

/** `vantage mcp` behind a gateway from stdio to HTTP: what the suite cannot reach by itself. */
async function startGateway(ground: Playground): Promise<{ url: string } & AsyncDisposable> {
  const port = await freePort()
  const stdio = `${SYSTEM_NODE} ${BIN} mcp --data-dir ${ground.dataDir}`
  const args = ['--stdio', stdio, '--outputTransport', 'streamableHttp', '--stateful', '--port', String(port)]
  const child = spawn(process.execPath, [join(gateway.folder, 'supergateway/dist/index.js'), ...args], { env: ground.env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => said += text)
  await waitFor('the gateway listens', () => /Listening on port/.test(said))
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    async [Symbol.asyncDispose]() {
      child.kill()
      await once(child, 'close')
    },
  }
}

describe.skipIf(conformance.missing)(`the conformance suite ${conformance.missing ?? 'of the protocol'}`, () => {
  it('passes against the product but for the scenarios that want its own fixtures', async () => {
    await using host = await startHost()
    const { code, passed, summary } = await runConformance(`${host.url}/mcp`, EXPECTED)
    expect(MUST_PASS.filter(name => !passed.includes(name))).toEqual([])
    expect({ code, summary }).toMatchObject({ code: 0 })
  })

  it('has a reason for every scenario that is expected to fail', async () => {
    const entries = (await readFile(EXPECTED, 'utf8')).split('\n').filter(line => line.startsWith('  - '))
    expect(entries.length).toBe(18)
    expect(entries.filter(line => !/^ {2}- [\w-]+ # \S.{10}/.test(line))).toEqual([])
  })

  it('passes whole with its own fixtures on our HTTP endpoint', async () => {
    await using endpoint = await startEverything()
    const { passed, failed, summary } = await runConformance(endpoint.url)
    expect({ failed: failed.filter(name => !NOT_SCORED.includes(name)), summary }).toMatchObject({ failed: [] })
    expect(passed.length).toBeGreaterThanOrEqual(30)
  })
  it.skipIf(gateway.missing)(`passes over stdio, through a gateway ${gateway.missing ?? ''}`, async () => {
    await using ground = await playground()
    await using bridged = await startGateway(ground)
    const { passed, summary } = await runConformance(bridged.url)
    expect(MUST_PASS.filter(name => !passed.includes(name)), summary).toEqual(['dns-rebinding-protection'])
  })
})
