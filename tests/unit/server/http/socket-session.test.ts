import { describe, expect, it, vi } from 'vitest'
import { SocketSession } from '../../../../server/http/socket-session'
import { define, openEngine } from '../../../helpers/engine'
import { waitFor } from '../../../helpers/wait-for'

/** A session whose client takes nothing while `line.unsent` is high. */
async function openSession() {
  const engine = await openEngine()
  const sent: { type: string, lines?: number, cursor?: string, data?: { text: string }[] }[] = []
  const line = { unsent: 0 }
  const session = new SocketSession(
    { send: text => void sent.push(JSON.parse(text)), unsentBytes: () => line.unsent },
    () => Promise.resolve(engine.vantage),
  )
  return {
    sent, line, session, events: engine.vantage.events, vantage: engine.vantage,
    texts: () => sent.filter(({ type }) => type === 'lines').flatMap(({ data }) => data?.map(({ text }) => text) ?? []),
    count: (type: string) => sent.filter(message => message.type === type).length,
    async [Symbol.asyncDispose]() {
      session.close()
      await engine[Symbol.asyncDispose]()
    },
  }
}

const subscribe = (topic: string, since?: string) => JSON.stringify({ op: 'subscribe', topic, since })

const shell = (script: string) => define({ id: 'p', command: 'sh', args: ['-c', script], stdin: 'open' })

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

  it('brings a client that was behind to the newest lines, and counts exactly those it leaves out', async () => {
    await using opened = await openSession()
    const { processes } = opened.vantage
    const lines = 60_000
    await processes.create(shell(`echo first; read go; seq -f "%.0f of a flood of lines that is long enough" 1 ${lines}; read go; echo last`), {})
    await processes.start('p', {})
    await opened.session.receive(subscribe('logs:p', (await waitFor('the first line', async () => {
      const page = await processes.logs('p').page({ stream: 'both', lines: 1 })
      return page.lines.length > 0 && page
    })).first_cursor))
    opened.line.unsent = 2_000_000
    await processes.sendInput('p', 'go\n')
    await waitFor('the flood', async () => (await processes.logs('p').page({ stream: 'both', lines: 1 })).lines[0]?.text.startsWith(`${lines} `))
    opened.line.unsent = 0
    await waitFor('its end', () => opened.texts().at(-1)?.startsWith(`${lines} `))
    await processes.sendInput('p', 'go\n')
    await waitFor('the next line', () => opened.texts().at(-1) === 'last')
    const skipped = opened.sent.filter(({ type }) => type === 'skipped')
    expect(skipped).toHaveLength(1)
    const texts = opened.texts()
    expect(texts.length - 1 + Number(skipped[0]?.lines)).toBe(lines)
    const numbers = texts.slice(0, -1).map(text => Number(text.split(' ')[0]))
    const at = numbers.findIndex((number, index) => index > 0 && number !== (numbers[index - 1] ?? 0) + 1)
    expect((numbers[at] ?? 0) - (numbers[at - 1] ?? 0) - 1).toBe(skipped[0]?.lines)
    const gap = await processes.logs('p').page({ stream: 'both', lines: 1, since: String(skipped[0]?.cursor) })
    expect(gap.lines[0]?.text.split(' ')[0]).toBe(String((numbers[at - 1] ?? 0) + 1))
  })

  it('leaves nothing out for a client that goes on after a long log, however slow it is', async () => {
    await using opened = await openSession()
    const { processes } = opened.vantage
    const lines = 40_000
    await processes.create(shell(`seq -f "%.0f of a log of lines that is long enough" 1 ${lines}`), {})
    await processes.start('p', {})
    const { first_cursor: since } = await waitFor('all lines', async () => {
      const page = await processes.logs('p').page({ stream: 'both', lines: 1 })
      return page.lines[0]?.text.startsWith(`${lines} `) && page
    })
    opened.line.unsent = 2_000_000
    await opened.session.receive(subscribe('logs:p', since))
    await waitFor('the first lines', () => opened.texts().length > 0)
    opened.line.unsent = 0
    await waitFor('the last line', () => opened.texts().length === lines - 1)
    expect(opened.count('skipped')).toBe(0)
  })

  it('says something at least every ten seconds, until it is closed', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    try {
      const sent: string[] = []
      const session = new SocketSession({ send: text => void sent.push(text), unsentBytes: () => 0 }, () => Promise.reject(new Error('is not asked')))
      vi.advanceTimersByTime(10_000)
      expect(sent.length).toBeGreaterThanOrEqual(1)
      expect(sent[0]).toBe('{"type":"ping"}')
      session.close()
      const before = sent.length
      vi.advanceTimersByTime(60_000)
      expect(sent).toHaveLength(before)
    }
    finally {
      vi.useRealTimers()
    }
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
