import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'

/** A request as a guard sees it, on a connection that leads nowhere. */
export function requestOf({ url = '/api/status', headers = {}, remoteAddress = '127.0.0.1', socket = new Socket() }: {
  url?: string
  headers?: Record<string, string>
  remoteAddress?: string
  socket?: Socket
} = {}): IncomingMessage {
  Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress, configurable: true })
  return Object.assign(new IncomingMessage(socket), { method: 'GET', url, headers: { host: 'localhost:12700', ...headers } })
}
