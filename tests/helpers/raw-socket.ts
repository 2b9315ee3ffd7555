import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Message } from './socket'

/** A client of `/api/ws` that decides itself when it reads: what it does not take stays in the buffers of the system and the host. */
export interface RawSocket extends Disposable {
  readonly messages: Message[]
  send: (request: unknown) => void
  pause: () => void
  resume: () => void
}

export async function openRawSocket(url: string): Promise<RawSocket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  const key = randomBytes(16).toString('base64')
  const host = `Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket`
  socket.write(`GET /api/ws HTTP/1.1\r\n${host}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`)
  const rest = await readHead(socket)
  const messages: Message[] = []
  let data = rest
  const take = (chunk: Buffer) => {
    data = Buffer.concat([data, chunk])
    for (let frame = cutFrame(data); frame; frame = cutFrame(data)) {
      data = data.subarray(frame.end)
      messages.push(JSON.parse(frame.text))
    }
  }
  take(Buffer.alloc(0))
  socket.on('data', take)
  return {
    messages,
    send: request => void socket.write(toFrame(JSON.stringify(request))),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    [Symbol.dispose]: () => void socket.destroy(),
  }
}

/** Reads the answer to the upgrade; gives what came behind it. */
async function readHead(socket: Socket): Promise<Buffer> {
  let head = Buffer.alloc(0)
  while (!head.includes('\r\n\r\n')) {
    const [chunk] = await once(socket, 'data')
    head = Buffer.concat([head, chunk])
  }
  socket.pause()
  return head.subarray(head.indexOf('\r\n\r\n') + 4)
}

/** A short text frame, masked with zeros. */
function toFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload])
}

function cutFrame(data: Buffer): { text: string, end: number } | undefined {
  if (data.length < 2) return undefined
  const short = data.readUInt8(1)
  const head = short === 127 ? 10 : short === 126 ? 4 : 2
  if (data.length < head) return undefined
  const length = short === 127 ? Number(data.readBigUInt64BE(2)) : short === 126 ? data.readUInt16BE(2) : short
  const end = head + length
  return data.length < end ? undefined : { text: data.toString('utf8', head, end), end }
}
