import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { CallToolResultSchema, ResultSchema, type CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { describe, expect, it } from 'vitest'
import type { Caller } from '#shared/caller'
import { createMcpServer } from '../../../mcp/server'
import { openEngine } from '../../helpers/engine'

/** A client that is connected to a server over a real engine. */
async function connect(caller: Caller = {}) {
  const engine = await openEngine()
  const client = new Client({ name: 'unit', version: '1' })
  const [ours, theirs] = InMemoryTransport.createLinkedPair()
  await createMcpServer({ vantage: engine.vantage, caller }).connect(theirs)
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

const textOf = ({ content }: CallToolResult) => content.map(part => part.type === 'text' ? part.text : '').join('')

const NAMES = [
  'echo', 'ping', 'get_status', 'list_processes', 'create_process', 'start_process', 'stop_process', 'restart_process',
  'update_process', 'remove_process', 'get_process_status', 'get_process_output',
]

describe('tools/list', () => {
  it('has the tools of this version in a fixed order, small enough to be read', async () => {
    await using session = await connect()
    const answer = await session.client.request({ method: 'tools/list' }, ResultSchema)
    expect(JSON.stringify(answer).length).toBeLessThan(24_000)
    const { tools } = await session.client.listTools()
    expect(tools.map(({ name }) => name)).toEqual(NAMES)
    for (const { description = '', outputSchema } of tools) {
      expect(description.length).toBeGreaterThan(10)
      expect(description.length).toBeLessThan(300)
      expect(outputSchema).toBeUndefined()
    }
  })

  it('says of every tool what it does to the world', async () => {
    await using session = await connect()
    const { tools } = await session.client.listTools()
    for (const { name, annotations } of tools) {
      expect(annotations, name).toEqual({
        readOnlyHint: expect.any(Boolean), destructiveHint: expect.any(Boolean), idempotentHint: expect.any(Boolean), openWorldHint: false,
      })
    }
    const named = (hint: 'readOnlyHint' | 'destructiveHint') => tools.filter(({ annotations }) => annotations?.[hint]).map(({ name }) => name)
    expect(named('readOnlyHint')).toEqual(['echo', 'ping', 'get_status', 'list_processes', 'get_process_status', 'get_process_output'])
    expect(named('destructiveHint')).toEqual(['stop_process', 'remove_process'])
  })

  it('describes closed, flat arguments', async () => {
    await using session = await connect()
    const { tools } = await session.client.listTools()
    for (const { name, inputSchema } of tools) {
      expect(inputSchema, name).toMatchObject({ type: 'object', additionalProperties: false })
      for (const key of ['anyOf', 'oneOf', 'allOf', '$schema', '$ref']) expect(inputSchema).not.toHaveProperty(key)
    }
    const properties = (name: string) => Object.keys(tools.find(tool => tool.name === name)?.inputSchema.properties ?? {})
    expect(properties('get_process_output')).toEqual(['id', 'stream', 'lines', 'since', 'run'])
    expect(properties('stop_process')).toEqual(expect.arrayContaining(['id', 'grace_ms', 'grace_period_ms']))
    expect(properties('list_processes')).toEqual(['filter'])
  })
})

describe('instructions', () => {
  it('are short and say how many processes run', async () => {
    await using session = await connect()
    const text = session.client.getInstructions() ?? ''
    expect(text.length).toBeLessThan(2048)
    expect(text).toContain('0 running, 0 failed, 0 in all')
    expect(session.client.getServerCapabilities()).toEqual({ tools: {}, logging: {} })
  })
})

describe('a call', () => {
  it('that fails answers code, message and hint', async () => {
    await using session = await connect()
    const result = await session.call('stop_process', { id: 'none' })
    expect(result.isError).toBe(true)
    expect(textOf(result)).toBe('PROCESS_NOT_FOUND: There is no process "none".\nlist_processes shows all processes; create_process makes one.')
  })

  it.each([
    ['start_process', { id: 'a', no: 1 }, 'no: is not a known field'],
    ['start_process', {}, 'id: '],
    ['start_process', 'web', 'VALIDATION_FAILED'],
    ['start_process', ['web'], 'VALIDATION_FAILED'],
    ['start_process', undefined, 'id: '],
    ['ping', { x: 1 }, 'x: is not a known field\n'],
    ['get_process_output', { id: 'a', grep: 'x' }, 'grep: is not supported by this version'],
    ['get_process_output', { id: 'a', lines: 0 }, 'lines: must be at least 1'],
    ['list_processes', { filter: { state: 'Dead' } }, 'filter.state: must be one of'],
    ['list_processes', { filter: { nmae: 'x' } }, 'filter.nmae: is not a known field'],
    ['create_process', { id: 'a', command: 'true', ready: { tcp: 1 } }, 'ready: is not supported by this version'],
    ['stop_process', { id: 'a', grace_ms: 1, grace_period_ms: 2 }, 'grace_period_ms: is the same as grace_ms'],
  ])('of %s with %j is refused by name', async (name, args, problem) => {
    await using session = await connect()
    const result = await session.call(name, args)
    expect(result.isError).toBe(true)
    expect(textOf(result)).toContain('VALIDATION_FAILED: ')
    expect(textOf(result)).toContain(problem)
    expect(textOf(result).length).toBeLessThan(1100)
  })

  it('of an unknown tool names the nearest', async () => {
    await using session = await connect()
    expect(textOf(await session.call('list_process'))).toMatch(/^VALIDATION_FAILED: There is no tool "list_process"\. Nearest: list_processes/)
  })

  it('needs no arguments where the tool takes none', async () => {
    await using session = await connect()
    expect(textOf(await session.client.request({ method: 'tools/call', params: { name: 'ping' } }, CallToolResultSchema))).toBe('pong')
    expect(textOf(await session.client.request({ method: 'tools/call', params: { name: 'no_such' } }, CallToolResultSchema))).toContain('no_such')
  })

  it('with an unknown method, or without a tool, is an error of the protocol', async () => {
    await using session = await connect()
    await expect(session.client.request({ method: 'server/discover' }, z.any())).rejects.toMatchObject({ code: -32601 })
    await expect(session.client.request({ method: 'tools/call', params: {} }, z.any())).rejects.toMatchObject({ code: -32602 })
  })

  it('shows the caller\'s own processes first', async () => {
    await using session = await connect({ project: '/tmp' })
    const { processes } = session.engine.vantage
    await processes.create({ id: 'a', command: 'true', args: [], env: { KEY: 'hush' }, auto_start_on_restore: false }, { project: '/usr' })
    await session.call('create_process', { id: 'z', command: 'true' })
    const result = await session.call('list_processes')
    expect(result.structuredContent).toMatchObject({ total: 2, processes: [{ id: 'z', project: '/tmp', state: 'NotStarted' }, { id: 'a', project: '/usr' }] })
    expect(JSON.parse(textOf(result))).toEqual(result.structuredContent)
    expect(textOf(result)).not.toContain('hush')
    expect((await session.call('list_processes', { filter: { state: 'running' } })).structuredContent).toEqual({ processes: [], total: 0 })
  })

  it('changes and shows a definition with the names of its environment only', async () => {
    await using session = await connect()
    await session.call('create_process', { id: 'web', command: 'true', env: { A: 'hush', B: '2' } })
    const updated = await session.call('update_process', { id: 'web', args: ['x'], env: { B: null } })
    expect(updated.structuredContent).toMatchObject({ success: true, id: 'web', args: ['x'], env: ['A'] })
    const status = await session.call('get_process_status', { id: 'web' })
    expect(status.structuredContent).toMatchObject({ id: 'web', command: 'true', state: 'NotStarted', phase: 'idle', env: ['A'] })
    expect(status.structuredContent).not.toHaveProperty('success')
    expect(JSON.stringify([updated, status])).not.toContain('hush')
    expect((await session.call('remove_process', { id: 'web' })).structuredContent).toEqual({ success: true, id: 'web' })
  })

  it('for output answers text only, whatever the name of the stream', async () => {
    await using session = await connect()
    await session.call('create_process', { id: 'web', command: 'sh', args: ['-c', 'echo out; echo err >&2'] })
    await session.call('start_process', { id: 'web' })
    await expect.poll(async () => textOf(await session.call('get_process_output', { id: 'web' }))).toMatch(/^web: Stopped/)
    const both = await session.call('get_process_output', { id: 'web', stream: 'Both' })
    expect(both.structuredContent).toBeUndefined()
    expect(textOf(both)).toContain(' | out')
    expect(textOf(both)).toContain('E| err')
    const stderr = textOf(await session.call('get_process_output', { id: 'web', stream: 'Stderr', lines: 5 }))
    expect(stderr).not.toContain('out\n')
    const since = /^next: since=(\S+)/m.exec(textOf(both))?.[1]
    expect(textOf(await session.call('get_process_output', { id: 'web', since }))).toContain(`no new lines since ${since}`)
  })
})
