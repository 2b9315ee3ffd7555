import { describe, expect, it } from 'vitest'
import { SocketSession } from '../../../../server/http/socket-session'
import { openEngine } from '../../../helpers/engine'
import { waitFor } from '../../../helpers/wait-for'

/** A session whose client takes nothing while `line.unsent` is high. */
async function openSession() {
  const engine = await openEngine()
  const sent: { type: string }[] = []
  const line = { unsent: 0 }
  const session = new SocketSession(
    { send: text => void sent.push(JSON.parse(text)), unsentBytes: () => line.unsent },
    () => Promise.resolve(engine.vantage),
  )
  return {
    sent, line, session, events: engine.vantage.events,
    count: (type: string) => sent.filter(message => message.type === type).length,
    async [Symbol.asyncDispose]() {
      session.close()
      await engine[Symbol.asyncDispose]()
    },
  }
}

const subscribe = (topic: string) => JSON.stringify({ op: 'subscribe', topic })

describe('a socket session', () => {
  it('keeps no backlog for a client that does not read, and tells it to start afresh', async () => {
    await using opened = await openSession()
    opened.line.unsent = 2_000_000
    await opened.session.receive(subscribe('events'))
    await waitFor('the subscription', () => opened.count('subscribed') === 1)
    for (let i = 0; i < 5000; i++) opened.events.publish({ type: 'process.removed', data: { id: `p${i}` } })
    opened.line.unsent = 0
    await waitFor('the news', () => opened.count('resync') === 1)
    opened.events.publish({ type: 'process.removed', data: { id: 'last' } })
    await waitFor('the next event', () => opened.count('process.removed') > 0)
    expect(opened.sent).toHaveLength(3)
  })

  it('tells each change once to a client that subscribes twice', async () => {
    await using opened = await openSession()
    await opened.session.receive(subscribe('events'))
    await opened.session.receive(subscribe('events'))
    await waitFor('both answers', () => opened.count('subscribed') === 2)
    opened.events.publish({ type: 'process.removed', data: { id: 'a' } })
    opened.events.publish({ type: 'host.closing', data: { pid: 1 } })
    await waitFor('the second event', () => opened.count('host.closing') > 0)
    expect(opened.count('process.removed')).toBe(1)
  })

  it('gives a refused topic no place among the 100', async () => {
    await using opened = await openSession()
    for (let i = 0; i < 101; i++) {
      await opened.session.receive(subscribe(i === 100 ? 'events' : `logs:p${i}`))
    }
    expect(opened.count('error')).toBe(100) // unknown processes hold no place
    expect(opened.count('subscribed')).toBe(1)
  })

  it('tells measurements, and refuses a place to go on from, which they do not have', async () => {
    await using opened = await openSession()
    await opened.session.receive(subscribe('metrics'))
    await waitFor('the first measurement', () => opened.count('metrics') > 0)
    expect(opened.sent[0]).toEqual({ topic: 'metrics', type: 'metrics', data: [] })
    await opened.session.receive(JSON.stringify({ op: 'subscribe', topic: 'metrics', since: 'x' }))
    expect(opened.sent.at(-1)).toMatchObject({ topic: 'metrics', type: 'error', error: { code: 'VALIDATION_FAILED', message: 'since: does not belong to "metrics"' } })
  })

  it('tells nothing after it was closed', async () => {
    await using opened = await openSession()
    await opened.session.receive(subscribe('events'))
    await waitFor('the subscription', () => opened.count('subscribed') === 1)
    opened.session.close()
    opened.events.publish({ type: 'process.removed', data: { id: 'a' } })
    await opened.session.receive('not json')
    expect(opened.sent.map(({ type }) => type)).toEqual(['subscribed', 'error'])
  })
})
