import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it } from 'vitest'
import { createMcpServer } from '../../../mcp/server'
import { tools } from '../../../mcp/tools'
import { define, openEngine } from '../../helpers/engine'
import { waitFor } from '../../helpers/wait-for'

/** A token is counted as 2.3 characters. */
const tokens = (text: string) => Math.round(text.length / 2.3)

/** Answers by tool: what a call may cost at most, on a host with 50 processes of two projects of which some have failed. */
const CALLS: readonly [tool: string, args: Record<string, unknown>, most: number][] = [
  ['echo', { message: 'x' }, 10],
  ['ping', {}, 10],
  ['get_status', {}, 100],
  ['list_processes', {}, 4500],
  ['list_processes', { filter: { state: 'Failed' } }, 1000],
  ['create_process', { id: 'new', command: 'sleep', args: ['600'], env: { A: '1' } }, 400],
  ['ensure_process', { id: 'new' }, 500],
  ['ensure_process', { id: 'new', command: 'sleep', args: ['601'], ready: { delay_ms: 0 } }, 400],
  ['ensure_process', { id: 'broken-0' }, 600],
  ['ensure_process', { id: 'new', command: 'sleep', args: ['602'], ready: { log: 'never' }, timeout_ms: 50 }, 500],
  ['update_process', { id: 'new', args: ['603'] }, 600],
  ['get_process_status', { id: 'web-0' }, 600],
  ['list_activity', { limit: 1000 }, 1500],
  ['wait_for_process', { id: 'web-0', for: 'log', pattern: 'request' }, 500],
  ['wait_for_process', { id: 'web-0', for: 'exit', timeout_ms: 50 }, 400],
  ['wait_for_process', { id: 'broken-0', for: 'ready' }, 600],
  ['send_input', { id: 'web-0', text: 'y\n' }, 150],
  ['get_process_output', { id: 'web-0' }, 2000],
  ['get_process_output', { id: 'broken-1' }, 2000],
  ['restart_process', { id: 'new' }, 600],
  ['stop_process', { id: 'new' }, 600],
  ['start_process', { id: 'new' }, 600],
  ['restart_process', { group: 'web' }, 4000],
  ['stop_process', { group: 'web' }, 4000],
  ['remove_process', { id: 'broken-0' }, 50],
]

async function busyHost() {
  const engine = await openEngine()
  const { processes } = engine.vantage
  const projects = await Promise.all(['shop', 'blog'].map(async (name) => {
    const path = join(engine.dataDir, name)
    await mkdir(path)
    return path
  }))
  const talk = 'i=0; while [ $i -lt 300 ]; do echo "request $i of GET /api/items/$i took 12 ms"; i=$((i+1)); done; exec sleep 600'
  const crash = 'throw new TypeError("Cannot read properties of undefined (reading \'price\') in order " + "x".repeat(500))'
  const common = { description: 'A service of the shop', tags: ['backend'], env: { DATABASE_URL: 'x', LOG_LEVEL: 'debug', FEATURE_FLAGS: 'a,b,c' } }
  for (let number = 0; number < 40; number++) {
    const fields = { command: 'sh', args: ['-c', talk], group: 'web', stdin: 'open' as const, ...common }
    await processes.create(define({ id: `web-${number}`, ...fields }), { project: projects[number % 2] })
  }
  for (let number = 0; number < 10; number++) {
    await processes.create(define({ id: `broken-${number}`, command: process.execPath, args: ['-e', crash], ...common }), { project: projects[0] })
  }
  await Promise.all(['web-0', 'web-1', 'web-2', 'broken-0', 'broken-1'].map(id => processes.start(id, {})))
  await waitFor('they have failed', () => processes.list().filter(({ state }) => state === 'Failed').length === 2)
  const client = new Client({ name: 'unit', version: '1' })
  const [ours, theirs] = InMemoryTransport.createLinkedPair()
  await createMcpServer({ vantage: engine.vantage, caller: { project: projects[0] } }).connect(theirs)
  await client.connect(ours)
  return {
    client,
    async [Symbol.asyncDispose]() {
      await client.close()
      await engine[Symbol.asyncDispose]()
    },
  }
}

describe('the budget', () => {
  it('of each tool is 700 tokens; only create_process describes every field of a definition', () => {
    for (const { listing } of tools) {
      expect(tokens(JSON.stringify(listing)), listing.name).toBeLessThanOrEqual(listing.name === 'create_process' ? 1800 : 700)
    }
  })

  it('of every answer is kept on a busy host', async () => {
    await using host = await busyHost()
    expect([...new Set(CALLS.map(([tool]) => tool))].sort()).toEqual(tools.map(({ listing }) => listing.name).sort())
    for (const [name, args, most] of CALLS) {
      const result = CallToolResultSchema.parse(await host.client.callTool({ name, arguments: args }))
      const text = result.content.map(part => part.type === 'text' ? part.text : '').join('')
      expect(result.isError, `${name}: ${text}`).toBeFalsy()
      expect(tokens(text), `${name} ${JSON.stringify(args)}: ${text}`).toBeLessThanOrEqual(most)
    }
  })
})
