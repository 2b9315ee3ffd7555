import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startHost } from '../helpers/host'
import { isRunning } from '../helpers/processes'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { create, infoOf, run, untilOnly } from './playground'

const sleeper = (id: string) => ({ id, command: 'sleep', args: ['600'] })

describe('a data directory that vanishes under a running host', () => {
  it.each([
    ['is removed', (dataDir: string) => rmSync(dataDir, { recursive: true })],
    ['is moved away', (dataDir: string) => renameSync(dataDir, `${dataDir}.moved`)],
  ])('%s: what runs can be seen and stopped, what is acknowledged is stored anew, and the host ends', async (_, vanish) => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    await using host = await startHost({ dataDir })
    const web = await run(host, sleeper('web'))
    const other = await run(host, sleeper('other'))
    await create(host, sleeper('idle'))
    vanish(dataDir)
    expect(await infoOf(host, 'web')).toMatchObject({ state: 'Running', pid: web.pid })
    expect(await host.send('GET', '/api/processes/web/logs')).toMatchObject({ status: 200, body: [] })
    const created = await host.send('POST', '/api/processes', sleeper('late'))
    const changed = await host.send('PATCH', '/api/processes/idle', { description: 'changed' })
    for (const { status } of [created, changed]) expect([200, 201, 507]).toContain(status)
    expect(await host.send('POST', '/api/processes/web/stop')).toMatchObject({ status: 200, body: { state: 'Stopped' } })
    expect(isRunning(web.pid)).toBe(false)
    expect(await host.end()).toEqual({ code: 0, signal: null })
    await untilOnly('other', [other.pid])
    await using next = await startHost({ dataDir })
    expect((await next.send('GET', '/api/processes/late')).status).toBe(created.status === 201 ? 200 : 404)
    if (changed.status === 200) expect((await infoOf(next, 'idle')).description).toBe('changed')
  })

  it('and comes back is used again, with what was there and what came meanwhile', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    await using host = await startHost({ dataDir })
    const web = await run(host, sleeper('web'))
    renameSync(dataDir, `${dataDir}.moved`)
    const { status } = await host.send('POST', '/api/processes', sleeper('meanwhile'))
    rmSync(dataDir, { recursive: true, force: true }) // what was begun there
    renameSync(`${dataDir}.moved`, dataDir)
    await create(host, sleeper('late'))
    await host.end('SIGKILL')
    await using next = await startHost({ dataDir })
    expect(await infoOf(next, 'web')).toMatchObject({ state: 'Running', pid: web.pid, run: 1 })
    expect((await infoOf(next, 'late')).state).toBe('NotStarted')
    expect((await next.send('GET', '/api/processes/meanwhile')).status).toBe(status === 201 ? 200 : 404)
  })
})
