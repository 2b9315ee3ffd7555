import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createMcpServer } from '../../../mcp/server'
import { serveStdio } from '../../../mcp/stdio'
import { define, openEngine } from '../../helpers/engine'
import { waitFor } from '../../helpers/wait-for'

const INITIALIZE = { id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } } }
const START = { name: 'start_process', arguments: { id: 'slow', wait: 'ready' } }

/** A server on two streams, and what it has written. */
async function speak() {
  const engine = await openEngine()
  const [input, output] = [new PassThrough(), new PassThrough()]
  const seen = { out: '', ends: 0 }
  output.on('data', (chunk: Buffer) => seen.out += chunk.toString())
  await serveStdio({ server: createMcpServer({ vantage: engine.vantage, caller: {} }), input, output, onEnd: () => void seen.ends++ })
  const send = (frame: object) => input.write(`${JSON.stringify({ jsonrpc: '2.0', ...frame })}\n`)
  return Object.assign(seen, { engine, input, output, send, [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose]() })
}

const isAnswered = ({ out }: { out: string }, id: number) => out.split('\n').some(line => line.includes(`"id":${id}`))

describe('a server on stdio', () => {
  it('answers what was asked before its input ended, the last line without its end too', async () => {
    await using server = await speak()
    server.send(INITIALIZE)
    server.input.end('{"jsonrpc":"2.0","id":2,"method":"tools/list"}')
    await waitFor('it has ended', () => server.ends === 1)
    expect(isAnswered(server, 1) && isAnswered(server, 2)).toBe(true)
  })

  it('does not wait long for what takes long', async () => {
    await using server = await speak()
    await server.engine.vantage.processes.create(define({ id: 'slow', command: 'sleep', args: ['600'], ready: { log: 'never said' } }), {})
    server.send(INITIALIZE)
    server.send({ id: 2, method: 'tools/call', params: START })
    await waitFor('it runs', () => server.engine.vantage.processes.get('slow').state === 'Running')
    server.input.end()
    await waitFor('it has ended', () => server.ends === 1)
    expect(isAnswered(server, 2)).toBe(false)
  })

  it('ends at once when nobody reads its answers, whatever is asked', async () => {
    await using server = await speak()
    server.output.destroy(new Error('EPIPE'))
    await waitFor('it has ended', () => server.ends > 0)
  })

  it('answers garbage and goes on', async () => {
    await using server = await speak()
    server.input.write('no JSON\n')
    server.send(INITIALIZE)
    await waitFor('the answer', () => isAnswered(server, 1))
    expect(server.out.split('\n')[0]).toBe('{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}')
  })
})
