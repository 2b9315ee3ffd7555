import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startHost, type TestHost } from '../helpers/host'
import { openStream, type TestStream } from '../helpers/sse'
import { waitFor } from '../helpers/wait-for'
import { create, infoOf, openFiles, residentMegabytes, rest, run, watchMemory } from './playground'

const STEADY = join(import.meta.dirname, '../fixtures/steady.mjs')
/** Each reader leaves 100 MB of lines unread; what the host may hold meanwhile for all of them together. */
const GROWTH_LIMIT_MB = 150
const READERS = 10

/** A connection that has sent `text` and reads nothing. */
async function deafConnection(host: TestHost, text: string): Promise<Socket> {
  const { hostname, port } = new URL(host.url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  socket.pause()
  socket.write(text)
  return socket
}

const sseRequest = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`

function webSocketRequest(topic: string): string {
  const key = randomBytes(16).toString('base64')
  const handshake = `GET /api/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`
  const payload = Buffer.from(JSON.stringify({ op: 'subscribe', topic }))
  const frame = Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]) // masked with zeros
  return handshake + frame.toString('latin1')
}

describe('a reader that never reads', () => {
  it.each([
    ['the log stream', () => sseRequest('/api/processes/flood/logs/stream')],
    ['the socket', () => webSocketRequest('logs:flood')],
  ])('of %s costs the host no memory, and others none of their lines', async (_, request) => {
    await using host = await startHost()
    await create(host, { id: 'flood', command: process.execPath, args: [STEADY, '100', '25'] })
    const deaf = await Promise.all(Array.from({ length: READERS }, () => deafConnection(host, request())))
    using reader = await openStream(`${host.url}/api/processes/flood/logs/stream?stream=stdout`)
    const before = residentMegabytes(host.pid)
    using memory = watchMemory(host.pid)
    await host.send('POST', '/api/processes/flood/start')
    await waitFor('the reader has the last line', () => textOf(reader.messages.at(-1)?.data) === 'done', 60_000)
    expect((await rest(host, 'flood')).state).toBe('Stopped')
    const numbers = reader.messages.map(({ data }) => Number.parseInt(textOf(data), 10)).filter(Number.isInteger)
    expect(numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0))).toBe(true)
    expect(memory.peakMegabytes() - before).toBeLessThan(GROWTH_LIMIT_MB)
    const open = openFiles(host.pid)
    for (const socket of deaf) socket.destroy()
    await waitFor('their connections are closed', () => openFiles(host.pid) <= open - READERS)
  })

  it('that reads again goes on without a gap', async () => {
    await using host = await startHost()
    await create(host, { id: 'flood', command: process.execPath, args: [STEADY, '20', '20'] })
    const socket = await deafConnection(host, sseRequest('/api/processes/flood/logs/stream?stream=stdout'))
    await waitFor('it is being followed', async () => (await infoOf(host, 'flood')).state === 'NotStarted')
    await host.send('POST', '/api/processes/flood/start')
    expect((await rest(host, 'flood', 30_000)).state).toBe('Stopped')
    let text = ''
    socket.on('data', (chunk: Buffer) => text += chunk.toString('latin1'))
    socket.resume()
    await waitFor('the last line', () => text.includes('"text":"done"'), 30_000)
    const numbers = Array.from(text.replace(/\r\n[0-9a-f]+\r\n/g, '').matchAll(/"text":"(\d+) /g), match => Number(match[1]))
    expect(numbers).toEqual(Array.from({ length: 200_000 }, (_, number) => number))
    socket.destroy()
  })

  it('among 500 streams at once takes nothing from them', async () => {
    await using host = await startHost()
    await create(host, { id: 'p', command: 'sh', args: ['-c', 'echo one; echo two; sleep 600'] })
    const before = openFiles(host.pid)
    const streams: TestStream[] = []
    // Not all in one tick: on a busy machine the client itself would be too slow to send the last of its headers.
    for (let turn = 0; turn < 10; turn++) {
      streams.push(...await Promise.all(Array.from({ length: 50 }, () => openStream(`${host.url}/api/processes/p/logs/stream`))))
    }
    await run(host, { id: 'other', command: 'sleep', args: ['600'] })
    await host.send('POST', '/api/processes/p/start')
    await Promise.all(streams.map(stream => stream.find('the second line', ({ data }) => textOf(data) === 'two')))
    expect(streams.map(({ messages }) => messages.length)).toEqual(streams.map(() => 2))
    for (const stream of streams) stream.close()
    await waitFor('all of them are closed', () => openFiles(host.pid) < before + 40)
  })
})

describe('a request', () => {
  it('with a body of 100 MB is refused with 413 without being kept in memory', async () => {
    await using host = await startHost()
    const before = residentMegabytes(host.pid)
    using memory = watchMemory(host.pid)
    for (const length of ['Content-Length: 100000000', 'Transfer-Encoding: chunked']) {
      expect(await upload(host, length)).toMatch(/^HTTP\/1\.1 413 /)
    }
    expect(memory.peakMegabytes() - before).toBeLessThan(90) // buffers that were read and thrown away, until they are collected
    expect((await host.send('GET', '/api/health')).status).toBe(200)
  })

  it('of half a header is given up within 15 s, and does not keep others waiting', async () => {
    await using host = await startHost()
    const started = performance.now()
    const socket = await deafConnection(host, 'GET /api/health HTTP/1.1\r\nHost: localhost\r\nX-Half: ')
    socket.resume()
    const closed = once(socket, 'close')
    expect((await host.send('GET', '/api/health')).status).toBe(200)
    await closed
    expect(performance.now() - started).toBeLessThan(15_000)
  })

  it('with 64 KB of headers is refused with 431', async () => {
    await using host = await startHost()
    const socket = await deafConnection(host, `GET /api/health HTTP/1.1\r\nHost: localhost\r\nX-Large: ${'x'.repeat(64 * 1024)}\r\n\r\n`)
    const [answer] = await once(socket.resume(), 'data')
    expect(String(answer)).toMatch(/^HTTP\/1\.1 431 /)
    expect((await host.send('GET', '/api/health')).status).toBe(200)
    socket.destroy()
  })
})

/** Sends 100 MB as a body, as fast as the host takes them, and gives the first of the answer. */
async function upload(host: TestHost, length: string): Promise<string> {
  const socket = await deafConnection(host, `POST /api/processes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${length}\r\n\r\n`)
  socket.setMaxListeners(200)
  let answer = ''
  socket.on('data', (chunk: Buffer) => answer += chunk.toString('latin1'))
  socket.resume()
  const part = Buffer.alloc(1_000_000, 32)
  const isChunked = length.startsWith('Transfer')
  for (let sent = 0; sent < 100 && !socket.destroyed; sent++) {
    if (isChunked) socket.write(`${part.length.toString(16)}\r\n`)
    const hasRoom = socket.write(part)
    if (isChunked) socket.write('\r\n')
    if (!hasRoom) await new Promise(resolve => socket.once('drain', resolve).once('close', resolve))
  }
  await waitFor('an answer', () => answer !== '')
  socket.destroy()
  return answer
}

function textOf(data: unknown): string {
  return typeof data === 'object' && data !== null && 'text' in data ? String(data.text) : ''
}
