import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { launchHost, startHost } from '../helpers/host'
import { isRunning } from '../helpers/processes'
import { waitFor } from '../helpers/wait-for'
import { codeOf, create, infoOf, linesOf, pidsOf, rest, run } from './playground'
import { smallDisk, whyNoDisk } from './small-disk'

const refusal = whyNoDisk()
const sleeper = (id: string) => ({ id, command: 'sleep', args: ['600'] })

describe.skipIf(refusal)(`a full disk${refusal ? ` (skipped: ${refusal})` : ''}`, () => {
  it('refuses changes with 507, keeps the old state whole, and takes them again when there is room', async () => {
    await using disk = await smallDisk(4)
    const dataDir = join(disk.path, 'data')
    await using host = await startHost({ dataDir })
    await create(host, sleeper('kept'))
    const snapshot = readFileSync(join(dataDir, 'snapshot.yaml'), 'utf8')
    await disk.fill()
    const refused = [
      await host.send('POST', '/api/processes', sleeper('lost')),
      await host.send('PATCH', '/api/processes/kept', { description: 'x'.repeat(400) }),
      await host.send('POST', '/api/processes/kept/start'),
    ]
    expect(refused.map(answer => [answer.status, codeOf(answer)])).toEqual(refused.map(() => [507, 'STORAGE_FAILED']))
    expect(readFileSync(join(dataDir, 'snapshot.yaml'), 'utf8')).toBe(snapshot)
    expect(await infoOf(host, 'kept')).toMatchObject({ state: 'Failed', error: expect.stringContaining('ENOSPC') })
    expect((await infoOf(host, 'kept')).description).toBeUndefined()
    expect(await host.send('GET', '/api/processes/lost')).toMatchObject({ status: 404 })
    expect(pidsOf('kept')).toEqual([])
    await disk.empty()
    await create(host, sleeper('late'))
    expect(await host.send('POST', '/api/processes/kept/start')).toMatchObject({ status: 200, body: { state: 'Running' } })
    await host.end('SIGKILL')
    await using next = await startHost({ dataDir })
    expect(await next.send('GET', '/api/processes')).toMatchObject({ body: [{ id: 'kept', state: 'Running' }, { id: 'late' }] })
  })

  it('does not keep a process from being stopped, nor the host from ending', async () => {
    await using disk = await smallDisk(4)
    const dataDir = join(disk.path, 'data')
    await using host = await startHost({ dataDir })
    const { pid } = await run(host, sleeper('web'))
    const other = await run(host, sleeper('other'))
    await disk.fill()
    expect(await host.send('POST', '/api/processes/web/stop')).toMatchObject({ status: 200, body: { state: 'Stopped', signal: 'SIGTERM' } })
    expect(isRunning(pid)).toBe(false)
    expect(await host.end()).toEqual({ code: 0, signal: null })
    await disk.empty()
    await using next = await startHost({ dataDir })
    expect(await infoOf(next, 'other')).toMatchObject({ state: 'Running', pid: other.pid })
    expect((await infoOf(next, 'web')).phase).toBe('idle')
  })

  it('fails no call for the activity, which is whole again when there is room', async () => {
    await using disk = await smallDisk(4)
    const dataDir = join(disk.path, 'data')
    await using host = await startHost({ dataDir })
    await run(host, sleeper('web'))
    await disk.fill()
    const stops: number[] = []
    for (let round = 0; round < 40; round++) stops.push((await host.send('POST', '/api/processes/none/stop')).status)
    expect(stops).toEqual(stops.map(() => 404))
    expect(await host.send('POST', '/api/processes/web/stop')).toMatchObject({ status: 200 })
    expect(host.log().match(/"tag":"activity"/g)).toHaveLength(1)
    expect(await host.send('GET', '/api/activity?limit=1')).toMatchObject({ body: [{ seq: 43, action: 'stop_process', result: 'ok' }] })
    await disk.empty()
    await host.send('DELETE', '/api/processes/web')
    await host.end('SIGKILL')
    await using next = await startHost({ dataDir })
    const { body } = await next.send('GET', '/api/activity')
    expect(Array.isArray(body) && body.map(({ seq }) => seq)).toEqual(Array.from({ length: 44 }, (_, index) => 44 - index))
  })

  it('that a process fills with its own log takes neither the host nor the others down', async () => {
    await using disk = await smallDisk(4)
    await using host = await startHost({ dataDir: join(disk.path, 'data') })
    const other = await run(host, sleeper('other'))
    await run(host, { id: 'flood', command: 'sh', args: ['-c', 'yes 0123456789 | head -c 16000000; sleep 600'] })
    await waitFor('the disk is full', () => statSync(join(disk.path, 'data/processes/flood/runs/1/stdout.log')).size > 3_000_000)
    let tries = 0
    await waitFor('what cannot be stored is refused', async () => (await host.send('POST', '/api/processes', sleeper(`try-${tries++}`))).status === 507)
    expect((await linesOf(host, 'flood')).slice(-2, -1)).toEqual(['0123456789'])
    expect(await host.send('POST', '/api/processes/flood/stop')).toMatchObject({ status: 200, body: { state: 'Stopped' } })
    expect(await infoOf(host, 'other')).toMatchObject({ state: 'Running', pid: other.pid })
    expect(await host.send('DELETE', '/api/processes/flood')).toMatchObject({ status: 204 })
    await create(host, sleeper('more'))
  })

  it('lets a host start no further than to say so, naming the directory', async () => {
    await using disk = await smallDisk(4)
    const dataDir = join(disk.path, 'data')
    await using first = await startHost({ dataDir })
    await create(first, sleeper('web'))
    await first.end()
    const snapshot = readFileSync(join(dataDir, 'snapshot.yaml'), 'utf8')
    await disk.fill()
    await using second = await launchHost({ dataDir })
    expect(await waitFor('the host has ended', () => second.exit())).toEqual({ code: 1, signal: null })
    expect(second.log()).toContain(dataDir)
    expect(second.log()).toContain('ENOSPC')
    expect(readFileSync(join(dataDir, 'snapshot.yaml'), 'utf8')).toBe(snapshot)
    await disk.empty()
    await using third = await startHost({ dataDir })
    expect((await infoOf(third, 'web')).state).toBe('NotStarted')
  })
})

describe.skipIf(refusal)(`a disk that turns read-only${refusal ? ` (skipped: ${refusal})` : ''}`, () => {
  it('refuses changes with 507 while what runs goes on and can be stopped', async () => {
    await using disk = await smallDisk(4)
    const dataDir = join(disk.path, 'data')
    await using host = await startHost({ dataDir })
    await create(host, sleeper('idle'))
    const { pid } = await run(host, sleeper('web'))
    await disk.protect()
    const refused = [
      await host.send('POST', '/api/processes', sleeper('lost')),
      await host.send('PATCH', '/api/processes/idle', { description: 'changed' }),
      await host.send('POST', '/api/processes/idle/start'),
      await host.send('DELETE', '/api/processes/idle'),
    ]
    expect(refused.map(answer => [answer.status, codeOf(answer)])).toEqual(refused.map(() => [507, 'STORAGE_FAILED']))
    expect(await infoOf(host, 'web')).toMatchObject({ state: 'Running', pid })
    expect(await host.send('POST', '/api/processes/web/stop')).toMatchObject({ status: 200, body: { state: 'Stopped' } })
    expect(isRunning(pid)).toBe(false)
    await disk.unprotect()
    expect(await host.send('POST', '/api/processes/idle/start')).toMatchObject({ status: 200, body: { state: 'Running' } })
    await create(host, sleeper('lost'))
  })

  it('is refused at the start by name', async () => {
    await using disk = await smallDisk(4)
    const dataDir = join(disk.path, 'data')
    await disk.protect()
    await using host = await launchHost({ dataDir })
    expect(await waitFor('the host has ended', () => host.exit())).toEqual({ code: 1, signal: null })
    expect(host.log()).toContain(dataDir)
    expect(host.log()).toMatch(/EROFS|read-only/)
    expect(existsSync(join(dataDir, 'server.json'))).toBe(false)
    await disk.unprotect()
    await using next = await startHost({ dataDir })
    await create(next, sleeper('web'))
    expect((await rest(next, 'web')).state).toBe('NotStarted')
  })
})
