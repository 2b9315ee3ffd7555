import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import { HostLink } from '../../../mcp/host-link'
import type { Frame } from '../../../mcp/stdio-frames'
import { waitFor } from '../../helpers/wait-for'

/** A link to a server of the test that answers as `listener` does. */
async function connect(listener: RequestListener, awaited: number[] = []) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const frames: Frame[] = []
  let lost = 0
  const link = new HostLink({ url: `http://127.0.0.1:${address.port}`, version: '1.0.0' }, { 'x-mine': 'yes' }, {
    onFrame: frame => void frames.push(frame),
    isWaitedFor: id => awaited.includes(Number(id)) && !frames.some(frame => frame.id === id),
    onLost: () => void lost++,
  })
  return {
    link,
    frames,
    lost: () => lost,
    end: () => server.closeAllConnections(),
    async [Symbol.asyncDispose]() {
      link.close()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const ask = (id: number): Frame => ({ jsonrpc: '2.0', id, method: 'ping' })
const STREAM = { 'content-type': 'text/event-stream', 'mcp-session-id': 's1' }

describe('a link to a host', () => {
  it('gives the events of a stream whatever pieces they come in, and leaves out those without data', async () => {
    const text = 'id: 1\ndata: \n\n: still here\n\nevent: message\nid: 2\ndata: {"jsonrpc":"2.0","id":1,"result":{"é":"☃"}}\n\n'
    await using host = await connect((_req, res) => {
      res.writeHead(200, STREAM)
      const bytes = Buffer.from(text)
      let at = 0
      const write = () => {
        if (at === bytes.length) return res.end()
        res.write(bytes.subarray(at, ++at), () => setImmediate(write))
      }
      write()
    }, [1])
    expect(await host.link.send(ask(1))).toEqual({ kind: 'delivered' })
    await waitFor('the answer', () => host.frames.length === 1)
    expect(host.frames[0]).toEqual({ jsonrpc: '2.0', id: 1, result: { é: '☃' } })
    expect(host.lost()).toBe(0)
  })

  it('names its session and the version of the protocol from then on, and ends the session', async () => {
    const seen: IncomingMessage[] = []
    await using host = await connect((req, res) => {
      seen.push(req)
      res.writeHead(202, STREAM).end()
    })
    await host.link.send(ask(1))
    host.link.setProtocolVersion('2025-11-25')
    await host.link.send(ask(2))
    await host.link.terminate()
    expect(seen.map(({ method, headers }) => [method, headers['mcp-session-id'], headers['mcp-protocol-version'], headers['x-mine']])).toEqual([
      ['POST', undefined, undefined, 'yes'],
      ['POST', 's1', '2025-11-25', 'yes'],
      ['DELETE', 's1', '2025-11-25', 'yes'],
    ])
  })

  it.each([404, 503])('is lost at %i, which has not begun with the request', async (status) => {
    await using host = await connect((_req, res) => void res.writeHead(status).end('{}'))
    expect(await host.link.send(ask(1))).toEqual({ kind: 'unreached' })
    expect(host.lost()).toBe(1)
  })

  it('tells what the host refuses, and stays', async () => {
    await using host = await connect((_req, res) => void res.writeHead(413).end('too large'))
    expect(await host.link.send(ask(1))).toEqual({ kind: 'refused', reason: 'the host answered 413: too large' })
    expect(host.lost()).toBe(0)
  })

  it('is lost when a stream ends before the answer, and when the host breaks off, once', async () => {
    await using host = await connect((_req, res) => void res.writeHead(200, STREAM).end(), [1])
    expect(await host.link.send(ask(1))).toEqual({ kind: 'delivered' })
    await waitFor('it is lost', () => host.lost() === 1)
    await using other = await connect(req => void req.socket.destroy())
    expect(await other.link.send(ask(1))).toEqual({ kind: 'broken' })
    expect(await other.link.send(ask(2))).toEqual({ kind: 'broken' })
    expect(other.lost()).toBe(1)
  })

  it('is lost when the host answers what is no frame', async () => {
    await using host = await connect((_req, res) => void res.writeHead(200, STREAM).write('data: {"half":\n\n'), [1])
    expect(await host.link.send(ask(1))).toEqual({ kind: 'delivered' })
    await waitFor('it is lost', () => host.lost() === 1)
  })

  it('listens once the client is ready, and is lost when the host ends', async () => {
    await using host = await connect((req, res) => {
      if (req.method === 'POST') return void res.writeHead(202, STREAM).end()
      res.writeHead(200, STREAM)
      res.write('data: {"jsonrpc":"2.0","method":"notifications/message"}\n\n')
    })
    await host.link.send({ jsonrpc: '2.0', method: 'notifications/initialized' })
    await waitFor('what the host says', () => host.frames.length === 1)
    expect(host.lost()).toBe(0)
    host.end()
    await waitFor('it is lost', () => host.lost() === 1)
  })
})
