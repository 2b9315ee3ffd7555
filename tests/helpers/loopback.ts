import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'

export interface Listening extends AsyncDisposable { readonly port: number }

/** Lets a server, of HTTP or not, listen on a free port of loopback; at the end of its scope all its connections are ended. */
export async function listenOnLoopback(server: Server): Promise<Listening> {
  const connections = new Set<Socket>()
  server.on('connection', (connection) => {
    connections.add(connection)
    connection.once('close', () => connections.delete(connection))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const connection of connections) connection.destroy()
      await closed
    },
  }
}

/** Gives a port that is free now: for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  await using listening = await listenOnLoopback(createServer())
  return listening.port
}
