import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { CallToolResultSchema, type CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import type { Caller } from '#shared/caller'
import { createMcpServer } from '../../../mcp/server'
import { openEngine } from '../../helpers/engine'

/** A client that is connected to a server over a real engine. */
export async function connect(caller: Caller = {}) {
  const engine = await openEngine()
  const client = new Client({ name: 'unit', version: '1' })
  const [ours, theirs] = InMemoryTransport.createLinkedPair()
  await createMcpServer({ vantage: engine.vantage, caller, progressEveryMs: 20, updatesEveryMs: 20 }).connect(theirs)
  await client.connect(ours)
  return {
    client,
    engine,
    call: async (name: string, args?: unknown): Promise<CallToolResult> =>
      client.request({ method: 'tools/call', params: { name, arguments: args } }, CallToolResultSchema),
    async [Symbol.asyncDispose]() {
      await client.close()
      await engine[Symbol.asyncDispose]()
    },
  }
}

/** The text of a result. */
export function textOf({ content }: CallToolResult): string {
  return content.map(part => part.type === 'text' ? part.text : '').join('')
}
