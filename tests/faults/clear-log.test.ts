import { describe, expect, it } from 'vitest'
import { setTimeout as delay } from 'node:timers/promises'
import { LogPage } from '#shared/schemas/logs'
import { startHost, type TestHost } from '../helpers/host'
import { waitFor } from '../helpers/wait-for'
import { linesOf, rest, run } from './playground'

const EACH = 30_000
const ROUNDS = 6

/** Two runs that ended and one that writes on as it is told. */
const SCRIPT = `n=$VANTAGE_RUN; seq -f "%g of $n" ${EACH}; seq -f "%g of $n" ${EACH} >&2; [ "$n" = 3 ] && while read line; do echo "$line"; done`

async function pageOf(host: TestHost, query: string): Promise<LogPage> {
  return LogPage.parse((await host.send('GET', `/api/processes/p/logs?format=json&${query}`)).body)
}

describe('a host that is killed while it clears a log', () => {
  it('leaves every line either shown or counted, cursors valid, and the process writing', { timeout: 120_000 }, async () => {
    await using playground = await startHost()
    let host = playground
    await run(host, { id: 'p', command: 'sh', args: ['-c', SCRIPT], stdin: 'open' })
    for (const next of [2, 3]) {
      await rest(host, 'p')
      await host.send('POST', '/api/processes/p/start')
      await waitFor('its lines', async () => (await linesOf(host, 'p', 'lines=1&stream=stderr'))[0] === `${EACH} of ${next}`)
    }
    const start = (await pageOf(host, `lines=1&before=${(await pageOf(host, 'lines=1')).first_cursor}`)).next
    for (let round = 0; round < ROUNDS; round++) {
      const cleared = host.send('DELETE', '/api/processes/p/logs').then(({ status }) => status, () => undefined)
      await delay(round * 4) // another moment of the clearing each time
      await host.end('SIGKILL')
      const status = await cleared
      host = await startHost({ dataDir: playground.dataDir })
      const { shown, dropped } = await readAll(host, start)
      expect(shown + dropped).toBe(EACH * 6 + round)
      if (status === 204) expect(shown).toBeLessThanOrEqual(round)
      await host.send('POST', '/api/processes/p/input', { text: `after ${round}\n` })
      await waitFor('the line after it', async () => (await linesOf(host, 'p', 'lines=1'))[0] === `after ${round}`)
    }
    expect((await host.send('DELETE', '/api/processes/p/logs')).status).toBe(204)
    expect(await readAll(host, start)).toEqual({ shown: 0, dropped: EACH * 6 + ROUNDS })
    await host.end()
  })
})

async function readAll(host: TestHost, since: string): Promise<{ shown: number, dropped: number }> {
  const sum = { shown: 0, dropped: 0 }
  for (let next = since, more = true; more;) {
    const page = await pageOf(host, `lines=10000&since=${next}`)
    sum.shown += page.lines.length
    sum.dropped += page.dropped
    more = page.next !== next
    next = page.next
  }
  return sum
}
