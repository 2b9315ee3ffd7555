import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { LogLine, LogPage } from '#shared/schemas/logs'
import { startHost, type TestHost } from '../../helpers/host'
import { openRawSocket, type RawSocket } from '../../helpers/raw-socket'
import { waitFor } from '../../helpers/wait-for'

/** More than the buffers of a system take of one connection. */
const FLOOD = 200_000
const LONG = 60_000
const script = (count: number) => `read go; seq -f "%.0f 0123456789012345678901234567890123456789012345678901234567890123456789" 1 ${count}; while read line; do echo "$line"; done`

const Lines = z.array(LogLine)

async function start(host: TestHost, count: number): Promise<void> {
  await host.send('POST', '/api/processes', { id: 'p', command: 'sh', args: ['-c', script(count)], stdin: 'open' })
  await host.send('POST', '/api/processes/p/start')
}

const say = (host: TestHost, text: string) => host.send('POST', '/api/processes/p/input', { text: `${text}\n` })
const pageOf = async (host: TestHost, query: string) => LogPage.parse((await host.send('GET', `/api/processes/p/logs?format=json&${query}`)).body)
const written = (host: TestHost, count: number) => waitFor('all lines', async () => (await pageOf(host, 'lines=1')).lines[0]?.text.startsWith(`${count} `))
const textsOf = ({ messages }: RawSocket) => messages.filter(({ type }) => type === 'lines').flatMap(({ data }) => Lines.parse(data)).map(({ text }) => text)
/** The last line that has come. Only looked at: to take all apart each time would leave no time for reading. */
function newest({ messages }: RawSocket): string | undefined {
  const last = messages.findLast(({ type }) => type === 'lines')
  return last && Lines.parse(last.data).at(-1)?.text
}
/** Waits until a host has nothing more to do: it has sent all it could. */
async function standsStill(pid: number): Promise<void> {
  let seen = { ticks: '', at: 0 }
  await waitFor('the host stands still', async () => {
    const ticks = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ').slice(13, 15).join()
    if (ticks !== seen.ticks) seen = { ticks, at: performance.now() }
    return performance.now() - seen.at > 500
  })
}

describe('a client of /api/ws that does not read for a while', () => {
  it('is shown the newest lines after a mark that counts the others, and can read those', async () => {
    await using host = await startHost()
    await start(host, FLOOD)
    using socket = await openRawSocket(host.url)
    socket.send({ op: 'subscribe', topic: 'logs:p' })
    socket.send({ op: 'subscribe', topic: 'events' })
    socket.resume()
    await waitFor('the subscription', () => socket.messages.some(({ type }) => type === 'subscribed'))
    socket.pause()
    await say(host, 'go')
    await written(host, FLOOD)
    await standsStill(host.pid)
    socket.resume()
    await waitFor('the end of the flood', () => newest(socket)?.startsWith(`${FLOOD} `))
    await say(host, 'live again')
    await waitFor('the next line', () => newest(socket) === 'live again')

    const skips = socket.messages.filter(({ type }) => type === 'skipped')
    expect(skips).toHaveLength(1)
    const numbers = textsOf(socket).slice(0, -1).map(text => Number(text.split(' ')[0]))
    const { lines: skipped, cursor } = z.object({ lines: z.int().positive(), cursor: z.string() }).parse(skips[0])
    expect(numbers.length + skipped).toBe(FLOOD)
    const at = numbers.findIndex((number, index) => number !== (numbers[index - 1] ?? 0) + 1)
    expect((numbers[at] ?? 0) - (numbers[at - 1] ?? 0) - 1).toBe(skipped)
    expect(Number((await pageOf(host, `lines=1&since=${cursor}`)).lines[0]?.text.split(' ')[0])).toBe((numbers[at - 1] ?? 0) + 1)
  })

  it('is given every line after since of a log that does not grow, however slowly it reads', async () => {
    await using host = await startHost()
    await start(host, LONG)
    await say(host, 'go')
    await written(host, LONG)
    const { first_cursor: since } = await pageOf(host, 'lines=1')
    using socket = await openRawSocket(host.url)
    socket.send({ op: 'subscribe', topic: 'logs:p', since })
    await waitFor('the host answers others', async () => (await host.send('GET', '/api/health')).status === 200)
    socket.resume()
    await waitFor('the last line', () => newest(socket)?.startsWith(`${LONG} `))
    expect(textsOf(socket).map(text => Number(text.split(' ')[0]))).toEqual(Array.from({ length: LONG - 1 }, (_, index) => index + 2))
    expect(socket.messages.some(({ type }) => type === 'skipped')).toBe(false)
  })
})
