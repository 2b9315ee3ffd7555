import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CallToolResultSchema, ResultSchema } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { describe, expect, it } from 'vitest'
import { CreateProcessRequest } from '#shared/schemas/definition'
import { waitFor } from '../../helpers/wait-for'
import { connect, textOf } from './connect'

const NAMES = [
  'echo', 'ping', 'get_status', 'list_processes', 'ensure_process', 'create_process', 'start_process', 'stop_process', 'restart_process',
  'update_process', 'remove_process', 'get_process_status', 'wait_for_process', 'send_input', 'get_process_output', 'list_activity',
]

describe('tools/list', () => {
  it('has the tools of this version in a fixed order, small enough to be read', async () => {
    await using session = await connect()
    const answer = await session.client.request({ method: 'tools/list' }, ResultSchema)
    // Of 24,000, the SDK's 100 for each counted: the tools of CI, templates, clipboard and snapshots are still to come.
    expect(JSON.stringify(answer).length + 100 * NAMES.length).toBeLessThan(17_000)
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
    expect(named('readOnlyHint')).toEqual(['echo', 'ping', 'get_status', 'list_processes', 'get_process_status', 'wait_for_process', 'get_process_output', 'list_activity'])
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
    expect(properties('get_process_output')).toEqual([
      'id', 'mode', 'stream', 'lines', 'since', 'around', 'grep', 'ignore_case', 'context', 'level', 'run', 'max_tokens',
    ])
    expect(properties('start_process')).toEqual(['id', 'group', 'wait', 'timeout_ms'])
    expect(properties('restart_process')).toEqual(properties('start_process'))
    expect(properties('stop_process')).toEqual(['id', 'group', 'grace_ms', 'signal', 'grace_period_ms'])
    expect(properties('create_process')).toEqual(Object.keys(CreateProcessRequest.shape).filter(name => name !== 'agents'))
    expect(properties('update_process').sort()).toEqual(properties('create_process').sort())
    expect(properties('list_processes')).toEqual(['filter'])
  })
})

describe('instructions', () => {
  it('are short and say how many processes run', async () => {
    await using session = await connect()
    const text = session.client.getInstructions() ?? ''
    expect(text.length).toBeLessThan(2048)
    expect(text).toContain('0 running, 0 failed, 0 in all')
    for (const tool of ['list_processes', 'ensure_process', 'wait_for_process', 'get_process_output']) expect(text).toContain(tool)
    expect(session.client.getServerCapabilities()).toEqual({
      tools: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
      prompts: { listChanged: true },
      completions: {},
      logging: {},
    })
  })
})

describe('the server', () => {
  it('has a name, a title, a version, and the icon of the dashboard', async () => {
    await using session = await connect()
    const { icons = [], ...identity } = session.client.getServerVersion() ?? {}
    expect(identity).toEqual({ name: 'vantage', title: 'Vantage', version: '0.0.0-test', websiteUrl: expect.stringMatching(/^https:/) })
    const favicon = await readFile(join(import.meta.dirname, '../../../public/favicon.svg'), 'utf8')
    expect(icons).toMatchObject([{ mimeType: 'image/svg+xml' }])
    expect(atob(String(icons[0]?.src.split(',')[1]))).toBe(favicon.trim())
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
    ['get_process_output', { id: 'a', grep: '' }, 'grep: may not be empty'],
    ['get_process_output', { id: 'a', mode: 'digest', run: 1 }, 'run: is not for mode "digest"'],
    ['get_process_output', { id: 'a', max_tokens: 199 }, 'max_tokens: must be at least 200'],
    ['get_process_output', { id: 'a', mode: 'all' }, 'mode: must be "digest", "tail" or "raw"'],
    ['get_process_output', { id: 'a', lines: 0 }, 'lines: must be at least 1'],
    ['list_processes', { filter: { state: 'Dead' } }, 'filter.state: must be one of'],
    ['list_processes', { filter: { nmae: 'x' } }, 'filter.nmae: is not a known field'],
    ['create_process', { id: 'a', command: 'true', lifetime: 'x' }, 'lifetime: must be "keep" or "session"'],
    ['update_process', { id: 'a', agents: 'no' }, 'agents: must be "allow" or "read_only"'],
    ['list_activity', { limit: 0 }, 'limit: must be at least 1'],
    ['create_process', { id: 'a', command: 'true', ready: { tcp: 1, http: 'http://x' } }, 'ready: needs exactly one of'],
    ['ensure_process', { id: 'a', args: ['x'] }, 'command: is needed with other fields'],
    ['ensure_process', { id: 'a', wait: 'spawned' }, 'wait: can only be "ready"'],
    ['ensure_process', { id: 'a', comand: 'x' }, 'comand: is not a known field'],
    ['wait_for_process', { id: 'a', for: 'log' }, 'pattern: is needed for "log"'],
    ['wait_for_process', { id: 'a', for: 'exit', pattern: 'x' }, 'pattern: is only for "log"'],
    ['wait_for_process', { id: 'a', for: 'start' }, 'for: must be "ready", "exit" or "log"'],
    ['wait_for_process', { id: 'a', for: 'exit', timeout_ms: 3_600_001 }, 'timeout_ms: must be at most an hour'],
    ['send_input', { id: 'a', text: '' }, 'text: may not be empty'],
    ['start_process', { id: 'a', group: 'b' }, 'id: give exactly one of id and group; group: give exactly one'],
    ['stop_process', {}, 'id: give exactly one of id and group; group: give exactly one'],
    ['restart_process', { group: '' }, 'group: may not be empty'],
    ['start_process', { id: 'a', wait: 'exit' }, 'wait: must be "spawned" or "ready"'],
    ['restart_process', { group: 'b', timeout_ms: 0 }, 'timeout_ms: must be at least 1'],
    ['start_process', { id: 'a', timeout_ms: 3_600_001 }, 'timeout_ms: must be at most an hour'],
    ['stop_process', { group: 'b', wait: 'ready' }, 'wait: is not a known field'],
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

  it('starts, restarts and stops a group, and says which of it failed', async () => {
    await using session = await connect()
    await session.call('create_process', { id: 'api', command: 'sleep', args: ['600'], group: 'back', env: { A: 'hush' } })
    await session.call('create_process', { id: 'other', command: 'sleep', args: ['600'] })
    const started = await session.call('start_process', { group: 'back', wait: 'ready' })
    expect(started.structuredContent).toMatchObject({ success: true, processes: [{ id: 'api', state: 'Running', env: ['A'] }] })
    expect(JSON.parse(textOf(started))).toEqual(started.structuredContent)

    await session.call('create_process', { id: 'broken', command: 'no-such-command', group: 'back' })
    expect((await session.call('start_process', { group: 'back' })).structuredContent).toMatchObject({
      success: false,
      processes: [{ id: 'api', state: 'Running', run: 1 }, { id: 'broken', state: 'Failed', error: 'The command "no-such-command" was not found.' }],
    })
    expect((await session.call('restart_process', { group: 'back' })).structuredContent).toMatchObject({
      success: false,
      processes: [{ id: 'api', state: 'Running', run: 2 }, { id: 'broken', state: 'Failed' }],
    })
    expect((await session.call('stop_process', { group: 'back', grace_period_ms: 3000 })).structuredContent).toMatchObject({
      success: true,
      processes: [{ id: 'api', state: 'Stopped' }, { id: 'broken', state: 'Failed' }],
    })
    expect(session.engine.vantage.processes.get('other').state).toBe('NotStarted')
    expect(textOf(await session.call('start_process', { group: 'bcak' })))
      .toBe('PROCESS_NOT_FOUND: No process is in a group "bcak". Nearest: "back".\nUse one of the nearest groups, or list_processes to see all.')
  })

  it('that waits says when the time was over, and when the command did not live', async () => {
    await using session = await connect()
    const { call } = session
    await call('create_process', { id: 'slow', command: 'sleep', args: ['600'], ready: { log: 'never said' } })
    const late = await call('start_process', { id: 'slow', wait: 'ready', timeout_ms: 50 })
    expect(late.structuredContent).toMatchObject({ success: true, id: 'slow', state: 'Running', timed_out: true })
    expect((await call('restart_process', { id: 'slow', wait: 'spawned' })).structuredContent).toMatchObject({ success: true, run: 2 })
    await call('create_process', { id: 'short', command: 'sh', args: ['-c', 'exit 3'], ready: { log: 'never said' } })
    expect((await call('start_process', { id: 'short', wait: 'ready' })).structuredContent)
      .toMatchObject({ success: false, id: 'short', state: 'Failed', exit_code: 3 })
  })

  it('that takes long says so to a client that wants to know, and ends when it is cancelled', async () => {
    await using session = await connect()
    const { client, call } = session
    await call('create_process', { id: 'slow', command: 'sleep', args: ['600'], ready: { log: 'never said' } })
    const told: number[] = []
    const cancel = new AbortController()
    const onprogress = ({ progress }: { progress: number }) => {
      told.push(progress)
      if (told.length === 3) cancel.abort()
    }
    const params = { name: 'start_process', arguments: { id: 'slow', wait: 'ready', timeout_ms: 3_600_000 } }
    await expect(client.request({ method: 'tools/call', params }, CallToolResultSchema, { onprogress, signal: cancel.signal })).rejects.toThrow()
    expect(told).toEqual([...new Set(told)].sort((a, b) => a - b))
    await waitFor('it runs all the same', () => session.engine.vantage.processes.get('slow').state === 'Running')
  })

  it('shows the caller\'s own processes first', async () => {
    await using session = await connect({ project: '/tmp' })
    const { processes } = session.engine.vantage
    await processes.create({ id: 'a', command: 'true', args: [], env: { KEY: 'hush' }, auto_start_on_restore: false }, { project: '/usr' })
    await session.call('create_process', { id: 'z', command: 'true' })
    const result = await session.call('list_processes')
    expect(result.structuredContent).toMatchObject({ total: 2, processes: [{ id: 'z', state: 'NotStarted' }, { id: 'a', project: '/usr' }] })
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
    await expect.poll(async () => textOf(await session.call('get_process_output', { id: 'web' })), { timeout: 15_000 }).toMatch(/^web: Stopped/)
    const both = await session.call('get_process_output', { id: 'web', stream: 'Both' })
    expect(both.structuredContent).toBeUndefined()
    expect(textOf(both)).toContain(' | out')
    expect(textOf(both)).toContain('E| err')
    const stderr = textOf(await session.call('get_process_output', { id: 'web', stream: 'Stderr', lines: 5 }))
    expect(stderr).not.toContain('out\n')
    const since = /^next: since=(\S+)/m.exec(textOf(both))?.[1]
    expect(textOf(await session.call('get_process_output', { id: 'web', since }))).toContain(`no new lines since ${since}`)
    await session.call('start_process', { id: 'web' })
    await expect.poll(async () => textOf(await session.call('get_process_output', { id: 'web' })), { timeout: 15_000 }).toMatch(/^web: Stopped, run 2[^]+err\n-- run 1 exited 0 at \S+Z; run 2 --\n/)
  })

  it('for output answers a digest, whose places can be read around, and finds lines', async () => {
    await using session = await connect()
    const script = 'console.log("1\\n2\\n3\\n4\\n5\\n6\\n7\\n8"); console.error("x\\nTypeError: it broke\\n    at run (/app/a.js:1:2)\\ny"); process.exit(3)'
    await session.call('create_process', { id: 'web', command: process.execPath, args: ['-e', script] })
    await session.call('start_process', { id: 'web' })
    const digest = async () => textOf(await session.call('get_process_output', { id: 'web' }))
    await expect.poll(digest, { timeout: 15_000 }).toMatch(/^web: Failed, run 1, exited 3/)
    expect(await digest()).toMatch(/explains the end of run 1\nx1 run 1, last \S+ around=\S+\nE\| TypeError: it broke\nE\| {5}at run \(\/app\/a\.js:1:2\)\n/)
    const around = /around=(\S+)\n/.exec(await digest())?.[1]
    const near = textOf(await session.call('get_process_output', { id: 'web', around }))
    expect(near).toMatch(/ \| 8\nE\| x\nE\| TypeError: it broke\n/)
    const found = textOf(await session.call('get_process_output', { id: 'web', grep: 'broke', context: 1 }))
    expect(found.split('\n').slice(2, -1)).toEqual(['E: x', 'E| TypeError: it broke', 'E:     at run (/app/a.js:1:2)'])
    expect(textOf(await session.call('get_process_output', { id: 'web', level: 'warn' }))).toContain('E| TypeError: it broke')
    expect(textOf(await session.call('get_process_output', { id: 'web', mode: 'raw', lines: 2 }))).toContain('2 lines')
  })
})
