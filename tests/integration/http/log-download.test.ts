import { once } from 'node:events'
import { get } from 'node:http'
import { describe, expect, it } from 'vitest'
import { startHost, type TestHost } from '../../helpers/host'
import { waitFor } from '../../helpers/wait-for'
import { openFiles } from '../../faults/playground'

const LINES = 50_000
const download = '/api/processes/p/logs/download'

async function hasEnded(host: TestHost): Promise<boolean> {
  return JSON.stringify((await host.send('GET', '/api/processes/p')).body).includes('"Stopped"')
}

/** Runs a script once, or `runs` times, to its end. */
async function runToEnd(host: TestHost, script: string, runs = 1): Promise<void> {
  await host.send('POST', '/api/processes', { id: 'p', command: 'sh', args: ['-c', script] })
  for (let run = 0; run < runs; run++) {
    await host.send('POST', '/api/processes/p/start')
    await waitFor('its end', () => hasEnded(host))
  }
}

describe('GET /api/processes/:id/logs/download', () => {
  it('gives every line of both streams and all runs in time order, as the program wrote it', async () => {
    await using host = await startHost()
    await runToEnd(host, 'printf "\\033[31mred\\033[0m\\n"; sleep 0.2; echo "grüß 日本" >&2; sleep 0.2; printf "1%%\\r2%%\\nno newline"', 2)
    const answer = await host.send('GET', download)
    expect(answer).toMatchObject({ status: 200, body: '\u001B[31mred\u001B[0m\ngrüß 日本\n1%\r2%\nno newline\n'.repeat(2) })
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="p.log"')
    expect((await host.send('HEAD', download)).status).toBe(200)
  })

  it('is empty before the first run, ends a line that is being written where it stands, and knows no other process', async () => {
    await using host = await startHost()
    await host.send('POST', '/api/processes', { id: 'p', command: 'sh', args: ['-c', 'echo one; printf half; sleep 600'] })
    expect(await host.send('GET', download)).toMatchObject({ status: 200, body: '' })
    await host.send('POST', '/api/processes/p/start')
    await waitFor('what it writes', async () => (await host.send('GET', download)).body === 'one\nhalf')
    expect(await host.send('GET', '/api/processes/nobody/logs/download')).toMatchObject({ status: 404, body: { error: { code: 'PROCESS_NOT_FOUND' } } })
    expect(await host.send('GET', `${download}?lines=3`)).toMatchObject({ status: 400 })
  })

  it(`gives ${LINES} lines whole, also to a client that stops reading for a while`, async () => {
    await using host = await startHost()
    await runToEnd(host, `seq -f "%.0f 0123456789012345678901234567890123456789012345678901234567890123456789" 1 ${LINES}`)
    const numbers = (text: string) => Array.from(text.matchAll(/^(\d+) /gm), ([, number]) => Number(number))
    const wanted = Array.from({ length: LINES }, (_, at) => at + 1)
    expect(numbers(String((await host.send('GET', download)).body))).toEqual(wanted)

    const [answer] = await once(get(host.url + download), 'response')
    answer.pause()
    await host.send('GET', download)
    let text = ''
    answer.setEncoding('utf8').on('data', (part: string) => text += part)
    answer.resume()
    await once(answer, 'end')
    expect(numbers(text)).toEqual(wanted)
  })

  it('ends with what stood there when it began, however much a process writes on', async () => {
    await using host = await startHost()
    await host.send('POST', '/api/processes', { id: 'p', command: 'sh', args: ['-c', 'n=0; while [ $n -lt 200000 ]; do echo "$n"; n=$((n+1)); done; sleep 600'] })
    await host.send('POST', '/api/processes/p/start')
    await waitFor('some lines', async () => String((await host.send('GET', download)).body).includes('\n2000\n'))
    const lines = String((await host.send('GET', download)).body).trimEnd().split('\n')
    expect(lines.map(Number)).toEqual(lines.map((_, at) => at))
  })

  it('lets go of everything when its client goes away in the middle', async () => {
    await using host = await startHost()
    await runToEnd(host, `seq -f "%.0f 0123456789012345678901234567890123456789012345678901234567890123456789" 1 200000`)
    await host.send('GET', '/api/health')
    const before = openFiles(host.pid)
    for (let turn = 0; turn < 5; turn++) {
      const request = get(host.url + download)
      const [answer] = await once(request, 'response')
      await once(answer, 'readable')
      request.destroy()
    }
    await waitFor('all is closed', () => openFiles(host.pid) <= before)
    expect((await host.send('GET', '/api/health')).status).toBe(200)
    expect(host.log()).not.toContain('download failed')
  })
})
