import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { describe, expect, it, vi } from 'vitest'
import { noteAccepted, peerUser } from '../../../../server/http/peer-user'

vi.mock(import('node:fs'), { spy: true })

/** A connection of this process to itself; the answer is the end a server sees. */
async function connectionTo(host: string): Promise<{ accepted: Socket } & Disposable> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  const client = connect(address.port, host === '::' ? '127.0.0.1' : host)
  const [accepted] = await once(server, 'connection')
  return {
    accepted,
    [Symbol.dispose]() {
      client.destroy()
      accepted.destroy()
      server.close()
    },
  }
}

/** The addresses of this machine that need no zone. */
const ownAddresses = Object.values(networkInterfaces()).flatMap(list => list ?? [])
  .filter(({ family, scopeid }) => family === 'IPv4' || scopeid === 0).map(({ address }) => address)

describe.runIf(process.platform === 'linux')('peerUser', () => {
  it.each([...new Set(['127.0.0.1', '::1', '::', ...ownAddresses])])('knows who connects to %s', async (host) => {
    using connection = await connectionTo(host)
    expect(peerUser(connection.accepted)).toBe(process.getuid?.())
  })

  it('looks once for connections that came together, and again for a later one', async () => {
    using first = await connectionTo('127.0.0.1')
    using second = await connectionTo('127.0.0.1')
    for (const { accepted } of [first, second]) noteAccepted(accepted)
    vi.mocked(readFileSync).mockClear()
    expect([first, second].map(({ accepted }) => peerUser(accepted))).toEqual([process.getuid?.(), process.getuid?.()])
    expect(readFileSync).toHaveBeenCalledTimes(1)
    using third = await connectionTo('127.0.0.1')
    noteAccepted(third.accepted)
    expect(peerUser(third.accepted)).toBe(process.getuid?.())
    expect(readFileSync).toHaveBeenCalledTimes(2)
  })

  it('looks once per connection', async () => {
    using connection = await connectionTo('127.0.0.1')
    const first = peerUser(connection.accepted)
    expect(readFileSync).toHaveBeenCalled()
    vi.mocked(readFileSync).mockClear()
    expect(peerUser(connection.accepted)).toBe(first)
    expect(readFileSync).not.toHaveBeenCalled()
  })
})
