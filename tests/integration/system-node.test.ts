import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { describe, expect, it } from 'vitest'
import { LogPage } from '#shared/schemas/logs'
import { ProcessInfo } from '#shared/schemas/process-info'
import { startHost } from '../helpers/host'
import { openSocket } from '../helpers/socket'
import { openStream } from '../helpers/sse'
import { systemNode } from '../helpers/system-node'
import { waitFor } from '../helpers/wait-for'

const BIN = join(import.meta.dirname, '../../bin/vantage.mjs')

describe('the built product under the node of the system', () => {
  it('serves page, REST, streams and MCP, and runs a process', async () => {
    const node = systemNode()
    const { stdout: version } = await promisify(execFile)(node, ['--version'])
    expect(Number(/^v(\d+)/.exec(version)?.[1])).toBeGreaterThanOrEqual(20)
    await using host = await startHost({ node })
    expect((await host.send('GET', '/')).body).toContain('<div id="__nuxt">')

    await host.send('POST', '/api/processes', { id: 'p', command: 'sh', args: ['-c', 'echo one; echo two >&2; sleep 600'] })
    using stream = await openStream(`${host.url}/api/processes/p/logs/stream?stream=both`)
    using socket = await openSocket(host.url)
    socket.send({ op: 'subscribe', topic: 'events' })
    const { pid } = ProcessInfo.parse((await host.send('POST', '/api/processes/p/start')).body)
    expect(pid).toBeGreaterThan(0)
    await stream.find('a line by SSE', ({ data }) => JSON.stringify(data).includes('one'))
    await socket.find('a change by WebSocket', ({ type }) => type === 'process.changed')
    const page = await waitFor('both lines by REST', async () => {
      const read = LogPage.parse((await host.send('GET', '/api/processes/p/logs?format=json&stream=both')).body)
      return read.lines.length === 2 && read
    })
    expect(page.lines.map(line => line.text).toSorted()).toEqual(['one', 'two'])

    const agent = new Client({ name: 'smoke', version: '1.0.0' })
    await agent.connect(new StdioClientTransport({ command: node, args: [BIN, 'mcp', '--data-dir', host.dataDir], stderr: 'ignore' }))
    const stopped = await agent.callTool({ name: 'stop_process', arguments: { id: 'p' } })
    expect(JSON.stringify(stopped.content)).toContain('Stopped')
    await agent.close()
    expect(await host.end()).toEqual({ code: 0, signal: null })
  })
})
