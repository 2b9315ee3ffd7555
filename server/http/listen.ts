import { once } from 'node:events'
import type { Server } from 'node:http'
import { portHolder } from './port-holder'

/** Somebody else listens on the port. */
export class PortTakenError extends Error {
  constructor(port: number, holder: string | undefined) {
    super(`Port ${port} is taken by ${holder ?? 'another program'}. Stop it, or choose another port with --port.`)
    this.name = 'PortTakenError'
  }
}

/** The ports to try in this order: the one it had last, the wanted one, any free one. */
export function portsToTry(wanted: number, last: number | undefined): number[] {
  return [...new Set([last ?? wanted, wanted, 0])]
}

/** Listens on the first free one of `ports`. Throws `PortTakenError` for the last of them. */
export async function listenOn(server: Server, host: string, ports: readonly number[]): Promise<{ url: string, port: number }> {
  for (const [index, port] of ports.entries()) {
    try {
      server.listen({ host, port })
      await once(server, 'listening')
      return toAddress(server)
    }
    catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
      if (index === ports.length - 1) throw new PortTakenError(port, await portHolder(host, port))
    }
  }
  throw new Error('There was no port to listen on.')
}

/** Where this machine's own clients reach it: a server on all addresses is on that of loopback too. */
function toAddress(server: Server): { url: string, port: number } {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no address.')
  const isEverywhere = address.address === '0.0.0.0' || address.address === '::'
  const host = isEverywhere ? '127.0.0.1' : address.family === 'IPv6' ? `[${address.address}]` : address.address
  return { url: `http://${host}:${address.port}`, port: address.port }
}
