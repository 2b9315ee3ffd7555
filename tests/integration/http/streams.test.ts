import { describe, expect, it } from 'vitest'
import { startHost } from '../../helpers/host'
import { openStream } from '../../helpers/sse'
import { openSocket } from '../../helpers/socket'
import { waitFor } from '../../helpers/wait-for'

const sleeper = { id: 'web', command: 'sleep', args: ['600'] }

describe('GET /api/events', () => {
  it('tells changes as they happen and goes on where a reader left off', async () => {
    await using host = await startHost()
    const first = await openStream(`${host.url}/api/events`)
    await host.send('POST', '/api/processes', sleeper)
    const created = await first.find('creation', ({ event }) => event === 'process.changed')
    expect(created.data).toMatchObject({ type: 'process.changed', data: { id: 'web', state: 'NotStarted' } })
    first.close()

    await host.send('POST', '/api/processes/web/start')
    await host.send('DELETE', '/api/processes/web?force=true')
    using second = await openStream(`${host.url}/api/events`, { 'last-event-id': created.id ?? '' })
    await second.find('removal', ({ event }) => event === 'process.removed')
    expect(second.messages.filter(({ id }) => id === created.id)).toEqual([])
    expect(second.messages.map(({ data }) => data)).toContainEqual(expect.objectContaining({ data: expect.objectContaining({ id: 'web', state: 'Running' }) }))
  })

  it('tells a reader with an id of another host to start afresh', async () => {
    await using host = await startHost()
    using stream = await openStream(`${host.url}/api/events`, { 'last-event-id': 'abcdef-7' })
    expect(await stream.find('resync', () => true)).toMatchObject({ event: 'resync', id: expect.any(String) })
  })

  it('says that the host closes before it ends', async () => {
    await using host = await startHost()
    using stream = await openStream(`${host.url}/api/events`)
    await host.end()
    await stream.ended
    expect(stream.messages.at(-1)).toMatchObject({ event: 'host.closing', data: { data: { pid: host.pid } } })
  })
})

describe('GET /api/processes/:id/logs/stream', () => {
  it('gives one line each from now on, and resumes after Last-Event-ID, which beats since', async () => {
    await using host = await startHost()
    await host.send('POST', '/api/processes', { id: 'p', command: 'sh', args: ['-c', 'echo one; echo two; echo three'] })
    const url = `${host.url}/api/processes/p/logs/stream`
    const first = await openStream(url)
    await host.send('POST', '/api/processes/p/start')
    await first.find('last line', ({ data }) => textOf(data) === 'three')
    expect(first.messages.map(({ data }) => textOf(data))).toEqual(['one', 'two', 'three'])
    first.close()
    const [one, two] = first.messages.map(({ id }) => id ?? '')

    using second = await openStream(`${url}?since=${two}`, { 'last-event-id': one ?? '' })
    await second.find('last line', ({ data }) => textOf(data) === 'three')
    expect(second.messages.map(({ data }) => textOf(data))).toEqual(['two', 'three'])
    using third = await openStream(`${url}?since=${two}&stream=stdout`)
    await third.find('last line', ({ data }) => textOf(data) === 'three')
    expect(third.messages).toHaveLength(1)
    expect((await host.send('GET', '/api/processes/p/logs/stream?since=nonsense')).status).toBe(400)
  })
})

describe('WS /api/ws', () => {
  it('tells events and log lines on one socket', async () => {
    await using host = await startHost()
    await host.send('POST', '/api/processes', { id: 'p', command: 'sh', args: ['-c', 'echo hello; sleep 600'] })
    using socket = await openSocket(host.url)
    socket.send({ op: 'subscribe', topic: 'events' })
    socket.send({ op: 'subscribe', topic: 'logs:p' })
    await socket.find('subscription', ({ type }) => type === 'subscribed')
    await host.send('POST', '/api/processes/p/start')
    expect(await socket.find('lines', ({ type }) => type === 'lines')).toMatchObject({ topic: 'logs:p', data: [{ text: 'hello', stream: 'stdout' }], cursor: expect.any(String) })
    const running = await socket.find('change', ({ type, data }) => type === 'process.changed' && JSON.stringify(data).includes('Running'))
    expect(running).toMatchObject({ topic: 'events', cursor: expect.any(String) })
    expect(await socket.find('ping', ({ type }) => type === 'ping')).toEqual({ type: 'ping' })
  })

  it('goes on after since, and resyncs an id it does not know', async () => {
    await using host = await startHost()
    await host.send('POST', '/api/processes', { id: 'p', command: 'sh', args: ['-c', 'echo one; echo two'] })
    await host.send('POST', '/api/processes/p/start')
    const lines = await waitFor('both lines', async () => {
      const { body } = await host.send('GET', '/api/processes/p/logs?format=json')
      const found = JSON.stringify(body).match(/"cursor":"[^"]+"/g)
      return found?.length === 2 ? found : undefined
    })
    using socket = await openSocket(host.url)
    socket.send({ op: 'subscribe', topic: 'logs:p', since: lines[0]?.slice(10, -1) })
    expect(await socket.find('lines', ({ type }) => type === 'lines')).toMatchObject({ data: [{ text: 'two' }] })
    socket.send({ op: 'subscribe', topic: 'events', since: 'abcdef-7' })
    await socket.find('resync', ({ topic, type }) => topic === 'events' && type === 'resync')
  })

  it('tells measurements at once', async () => {
    await using host = await startHost()
    using socket = await openSocket(host.url)
    socket.send({ op: 'subscribe', topic: 'metrics' })
    expect(await socket.find('measurement', ({ type }) => type === 'metrics')).toEqual({ topic: 'metrics', type: 'metrics', data: [] })
  })

  it('tells what runs, and has it recorded meanwhile', async () => {
    await using host = await startHost()
    await host.send('POST', '/api/processes', sleeper)
    await host.send('POST', '/api/processes/web/start')
    using socket = await openSocket(host.url)
    socket.send({ op: 'subscribe', topic: 'metrics' })
    const told = await socket.find('measurement', ({ type, data }) => type === 'metrics' && JSON.stringify(data).includes('"web"'))
    const point = { at: expect.any(String), cpu_percent: expect.any(Number), memory_bytes: expect.any(Number) }
    expect(told.data).toEqual([{ id: 'web', ports: [], ...point }])
    expect((await host.send('GET', '/api/processes/web/metrics')).body).toEqual(expect.arrayContaining([point]))
  })

  it('tells nothing after unsubscribe', async () => {
    await using host = await startHost()
    using socket = await openSocket(host.url)
    socket.send({ op: 'subscribe', topic: 'events' })
    await socket.find('subscription', ({ type }) => type === 'subscribed')
    socket.send({ op: 'unsubscribe', topic: 'events' })
    socket.send({ op: 'subscribe', topic: 'logs:nobody' })
    await socket.find('answer to what came after', ({ type }) => type === 'error')
    await host.send('POST', '/api/processes', sleeper)
    socket.send({ op: 'subscribe', topic: 'logs:nobody' })
    await waitFor('second answer', () => socket.messages.filter(({ type }) => type === 'error').length === 2)
    expect(socket.messages.filter(({ type }) => type === 'process.changed')).toEqual([])
  })

  it.each([
    ['not json', 'VALIDATION_FAILED'],
    ['{"op":"shout","topic":"events"}', 'VALIDATION_FAILED'],
    ['{"op":"subscribe","topic":"metrics","since":"x"}', 'VALIDATION_FAILED'],
    ['{"op":"subscribe","topic":"metric"}', 'VALIDATION_FAILED'],
    ['{"op":"subscribe","topic":"logs:../x"}', 'VALIDATION_FAILED'],
    ['{"op":"subscribe","topic":"logs:nobody"}', 'PROCESS_NOT_FOUND'],
  ])('answers %s with an error and goes on', async (frame, expected) => {
    await using host = await startHost()
    using socket = await openSocket(host.url)
    socket.sendText(frame)
    expect(await socket.find('error', ({ type }) => type === 'error')).toMatchObject({ error: { code: expected, hint: expect.any(String) } })
    socket.send({ op: 'subscribe', topic: 'events' })
    await socket.find('subscription', ({ type }) => type === 'subscribed')
  })

  it('closes on a frame over 64 KiB, and with 1001 when the host ends', async () => {
    await using host = await startHost()
    using large = await openSocket(host.url)
    large.sendText('x'.repeat(64 * 1024 + 1))
    expect(await large.closed).toBe(1009)
    using idle = await openSocket(host.url)
    await host.end()
    expect(await idle.closed).toBe(1001)
  })
})

function textOf(data: unknown): unknown {
  return typeof data === 'object' && data !== null && 'text' in data ? data.text : undefined
}
