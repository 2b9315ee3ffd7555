import { describe, expect, it } from 'vitest'
import { LogPage } from '#shared/schemas/logs'
import { startHost, type TestHost } from '../../helpers/host'
import { waitFor } from '../../helpers/wait-for'

async function pageOf(host: TestHost, query = ''): Promise<LogPage> {
  return LogPage.parse((await host.send('GET', `/api/processes/p/logs?format=json${query}`)).body)
}

describe('DELETE /api/processes/:id/logs', () => {
  it('clears what a running process has written, which writes on, and counts it for who reads on', async () => {
    await using host = await startHost()
    await host.send('POST', '/api/processes', { id: 'p', command: 'sh', args: ['-c', 'echo one; echo two >&2; echo three; while read line; do echo "$line"; done'], stdin: 'open' })
    await host.send('POST', '/api/processes/p/start')
    const { lines: [one], first_cursor: before } = await waitFor('the lines', async () => {
      const page = await pageOf(host)
      return page.lines.length === 3 && page
    })
    expect(await host.send('DELETE', '/api/processes/p/logs')).toMatchObject({ status: 204, body: '' })
    expect((await pageOf(host)).lines).toEqual([])
    await host.send('POST', '/api/processes/p/input', { text: 'four\n' })
    const page = await waitFor('the next line', async () => {
      const next = await pageOf(host, `&since=${one?.cursor}`)
      return next.lines.length > 0 && next
    })
    expect(page).toMatchObject({ lines: [{ text: 'four', run: 1 }], dropped: 2 })
    expect(page.first_cursor).toBe(page.lines[0]?.cursor)
    expect(page.first_cursor).not.toBe(before)
    expect((await host.send('GET', '/api/processes/p')).body).toMatchObject({ state: 'Running', run: 1 })
  })

  it('clears all runs of a process that has ended, also for the next host', async () => {
    await using host = await startHost()
    await host.send('POST', '/api/processes', { id: 'p', command: 'echo', args: ['hello'] })
    for (const run of [1, 2]) {
      await host.send('POST', '/api/processes/p/start')
      await waitFor('its end', async () => (await pageOf(host)).lines.length === run && JSON.stringify((await host.send('GET', '/api/processes/p')).body).includes('"Stopped"'))
    }
    const { lines: [first] } = await pageOf(host)
    expect((await host.send('DELETE', '/api/processes/p/logs')).status).toBe(204)
    await host.end('SIGKILL')
    await using next = await startHost({ dataDir: host.dataDir })
    expect(await pageOf(next, `&since=${first?.cursor}`)).toMatchObject({ lines: [], dropped: 1 })
    expect((await next.send('GET', '/api/processes/p/runs')).body).toHaveLength(2)
  })

  it('does not know the log of an unknown process', async () => {
    await using host = await startHost()
    expect(await host.send('DELETE', '/api/processes/nobody/logs')).toMatchObject({ status: 404, body: { error: { code: 'PROCESS_NOT_FOUND' } } })
  })
})
