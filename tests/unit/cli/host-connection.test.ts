import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { HostConnection } from '../../../cli/host-connection'

const answer = (text: string) => `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
const HEALTH = answer(JSON.stringify({ app: 'vantage', pid: 7 }))

/** A server that hands each request, as text, to `onRequest`. */
async function openServer(onRequest: (socket: Socket, request: string) => void) {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', data => onRequest(socket, data.toString()))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    sockets,
    connect: () => new HostConnection({ url: `http://127.0.0.1:${port}`, pid: 7 }, { 'x-vantage-client': 'cli' }),
    async [Symbol.asyncDispose]() {
      sockets.forEach(socket => socket.destroy())
      server.close()
      await once(server, 'close')
    },
  }
}

describe('a connection to a host', () => {
  it('is kept from the first call to the next, with its headers', async () => {
    const requests: string[] = []
    await using server = await openServer((socket, request) => {
      requests.push(request)
      socket.write(HEALTH)
    })
    using connection = server.connect()
    expect(await connection.isAlive()).toBe(true)
    expect((await connection.call('POST', '/api/processes/a/start')).status).toBe(200)
    expect(server.sockets).toHaveLength(1)
    expect(requests[1]).toMatch(/^POST \/api\/processes\/a\/start HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\ncontent-length: 0\r\nx-vantage-client: cli\r\n\r\n$/)
  })

  it('shows a token from when it is told to, not before', async () => {
    const requests: string[] = []
    await using server = await openServer((socket, request) => {
      requests.push(request)
      socket.write(HEALTH)
    })
    using connection = server.connect()
    await connection.isAlive()
    connection.authorize('token-1')
    await connection.call('GET', '/api/processes')
    expect(requests.map(request => /authorization: (.*)\r/.exec(request)?.[1])).toEqual([undefined, 'Bearer token-1'])
  })

  it('puts together an answer that comes byte by byte', async () => {
    const bytes = Buffer.from(answer('{"word":"grün"}'))
    await using server = await openServer((socket) => {
      socket.setNoDelay()
      const write = (at: number) => void (at < bytes.length && socket.write(bytes.subarray(at, at + 1), () => write(at + 1)))
      write(0)
    })
    using connection = server.connect()
    expect(await connection.call('GET', '/')).toEqual({ status: 200, text: '{"word":"grün"}' })
  })

  it.each([
    ['is no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['does not tell its length', 'HTTP/1.1 200 OK\r\n\r\n{"app":"vantage","pid":7}'],
    ['is longer than it tells', `${HEALTH}more`],
    ['comes from another host', answer('{"app":"vantage","pid":8}')],
    ['never comes to the end of its head', 'x'.repeat(100_000)],
  ])('is not alive when the answer %s', async (_, text) => {
    await using server = await openServer(socket => socket.write(text))
    using connection = server.connect()
    expect(await connection.isAlive()).toBe(false)
  })

  it('fails when the host goes in the middle of an answer, and each call after that', async () => {
    await using server = await openServer(socket => socket.end(HEALTH.slice(0, -1)))
    using connection = server.connect()
    await expect(connection.call('GET', '/')).rejects.toThrow('closed')
    await expect(connection.call('GET', '/')).rejects.toThrow()
    expect(server.sockets).toHaveLength(1)
  })

  it('fails when the host is silent for too long', async () => {
    await using server = await openServer(() => {})
    using connection = server.connect()
    await expect(connection.call('GET', '/', 50)).rejects.toThrow('does not answer')
  })

  it('fails when nobody listens', async () => {
    const server = await openServer(() => {})
    using connection = server.connect()
    await server[Symbol.asyncDispose]()
    await expect(connection.call('GET', '/')).rejects.toThrow('ECONNREFUSED')
  })
})
