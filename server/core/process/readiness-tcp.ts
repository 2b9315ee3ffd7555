import { connect, type Socket } from 'node:net'
import { networkReason, reaching } from './readiness-network'
import { type Probe, TRY_LIMIT_MS } from './readiness-probe'

/** Ready when the port accepts a connection, over IPv4 or IPv6; it is closed at once. */
export const checkTcp: Probe = async ({ rules: { tcp = 0, host = 'localhost' } }, signal) => {
  signal.throwIfAborted()
  return await new Promise((resolve) => {
    const socket = connect({ port: tcp, host, ...reaching(host) })
    const timer = setTimeout(() => finish('timeout'), TRY_LIMIT_MS).unref()
    const finish = (reason?: string) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      socket.destroy()
      resolve(reason === undefined ? undefined : `port ${tcp} of ${host} ${networkReason(reason)}`)
    }
    const onAbort = () => finish('aborted')
    signal.addEventListener('abort', onAbort)
    socket.once('connect', () => finish(isConnectedToItself(socket) ? 'ECONNREFUSED' : undefined))
    socket.on('error', error => finish('code' in error ? String(error.code) : error.name))
  })
}

/** A free port of the range for outgoing connections may be chosen for our own end: then we would greet ourselves. */
function isConnectedToItself({ localPort, remotePort, localAddress, remoteAddress }: Socket): boolean {
  return localPort === remotePort && localAddress === remoteAddress
}
