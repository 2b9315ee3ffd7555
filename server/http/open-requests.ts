import type { Server } from 'node:http'

/** Who uses a server at this moment, and how often somebody has come. */
export interface OpenRequests {
  /** Requests that are not answered to the end, streams, and sockets. */
  readonly open: number
  /** All that have ever begun. */
  readonly begun: number
}

/** Counts the requests and upgraded connections of a server. */
export function countRequests(server: Server): OpenRequests {
  const count = { open: 0, begun: 0 }
  const began = () => {
    count.open++
    count.begun++
  }
  const ended = () => void count.open--
  server.on('request', (_req, res) => {
    began()
    res.once('close', ended)
  })
  server.on('upgrade', (_req, socket) => {
    began()
    socket.once('close', ended)
  })
  return count
}
