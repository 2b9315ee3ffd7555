import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startHost } from '../../helpers/host'
import { openSocket } from '../../helpers/socket'
import { waitFor } from '../../helpers/wait-for'

const LIMIT_MS = 400
const FIXTURE = join(import.meta.dirname, '../../fixtures/idle-host.mjs')

/** A host whose limit is 400 ms instead of 30 minutes: the shell leaves the entry aside that the helper would run. */
const startIdle = () => startHost({ wrap: ['sh', '-c', `exec "$0" "${FIXTURE}" ${LIMIT_MS}`] })

const GOODBYE = 'nobody has used this host'

describe('an idle host', () => {
  it('ends by itself, and says so in one line', async () => {
    await using host = await startIdle()
    expect(await host.exited).toEqual({ code: 0, signal: null })
    expect(host.log().split('\n').filter(line => line.includes(GOODBYE))).toHaveLength(1)
  })

  it('stays while a process runs', async () => {
    await using host = await startIdle()
    await host.send('POST', '/api/processes', { id: 'short', command: 'sleep', args: ['1.5'] })
    await host.send('POST', '/api/processes/short/start')
    await host.exited
    const end = host.log().indexOf('short: running → idle (Stopped)')
    expect(end).toBeGreaterThan(0)
    expect(host.log().indexOf(GOODBYE)).toBeGreaterThan(end)
  })

  it('stays while a process waits for its next start', async () => {
    await using host = await startIdle()
    const restart = { policy: 'on_failure', backoff_ms: 1500, max_retries: 1 }
    await host.send('POST', '/api/processes', { id: 'again', command: 'false', restart })
    await host.send('POST', '/api/processes/again/start')
    await host.exited
    const again = host.log().indexOf('again: backoff → running (Running)')
    expect(again).toBeGreaterThan(0)
    expect(host.log().indexOf(GOODBYE)).toBeGreaterThan(again)
  })

  it('stays while somebody has a socket open', async () => {
    await using host = await startIdle()
    using socket = await openSocket(host.url)
    const from = performance.now()
    await waitFor('it has answered for longer than the limit', () => {
      socket.send({ op: 'subscribe', topic: 'events' })
      return performance.now() - from > 3 * LIMIT_MS
    })
    socket.messages.length = 0
    socket.send({ op: 'subscribe', topic: 'events' })
    await socket.find('an answer', ({ type }) => type === 'subscribed')
    expect(host.log()).not.toContain(GOODBYE)
    socket[Symbol.dispose]()
    expect(await host.exited).toEqual({ code: 0, signal: null })
  })
})
