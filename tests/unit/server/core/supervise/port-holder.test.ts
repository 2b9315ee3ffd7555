import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { linux } from '../../../../../server/core/supervise/linux'
import { holderOf, portConflict } from '../../../../../server/core/supervise/port-holder'
import { fakeSystem, statOf } from './fake-system'

describe('holderOf', () => {
  it.each(['127.0.0.1', '::1'])('finds the process that listens on %s', async (host) => {
    const server = createServer().listen(0, host)
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port ?? 0 : 0
    try {
      expect(await holderOf(linux, port)).toMatchObject({ pid: process.pid, command: expect.stringMatching(/node|vitest/) })
    }
    finally {
      server.close()
      await once(server, 'close')
    }
    expect(await holderOf(linux, port)).toBeUndefined()
  })

  it('names the oldest of several, and makes one short line of its command', async () => {
    const { system, sockets, listening, commands } = fakeSystem(statOf(20), statOf(10))
    listening.set('7', 80)
    for (const pid of [10, 20]) sockets.set(pid, ['7'])
    commands.set(10, `node\n\u001B[31m${'x'.repeat(200)}`)
    expect(await holderOf(system, 80)).toEqual({ pid: 10, command: `node [31m${'x'.repeat(70)}…` })
  })

  it('gives nothing for a socket of a process that cannot be looked at', async () => {
    const { system, listening } = fakeSystem(statOf(10))
    listening.set('7', 80)
    expect(await holderOf(system, 80)).toBeUndefined()
  })
})

describe('portConflict', () => {
  it.each([
    [{ pid: 4242, command: 'node server.js', id: 'api' }, 'port 3000 is held by "api" (pid 4242)'],
    [{ pid: 4242, command: 'node server.js' }, 'port 3000 is held by pid 4242 (node server.js)'],
    [{ pid: 4242, command: '' }, 'port 3000 is held by pid 4242'],
    [undefined, 'port 3000 was in use; who held it cannot be seen'],
  ])('says of %j: %s', (holder, sentence) => {
    expect(portConflict(3000, holder)).toBe(sentence)
  })
})
