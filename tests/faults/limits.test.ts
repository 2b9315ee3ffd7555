import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startHost } from '../helpers/host'
import { isRunning } from '../helpers/processes'
import { waitFor } from '../helpers/wait-for'
import { create, infoOf, openFiles, pidsOf, rest, run, untilOnly } from './playground'

const sleeper = (id: string) => ({ id, command: 'sleep', args: ['600'] })
const limit = (pid: number, what: string) => execFileSync('prlimit', ['--pid', String(pid), what])
const isRoot = process.getuid?.() === 0

describe('a host that runs out of file descriptors', () => {
  it.each([0, 1, 2, 4, 6])('with %i left fails the start with its reason, leaks nothing and recovers', async (left) => {
    await using host = await startHost()
    const other = await run(host, sleeper('other'))
    const ending = await run(host, { id: 'ending', command: 'sh', args: ['-c', 'sleep 1; exit 5'] })
    await create(host, sleeper('web'))
    const before = openFiles(host.pid)
    limit(host.pid, `--nofile=${before + left}:20000`)
    const { status, body } = await host.send('POST', '/api/processes/web/start')
    const isStarted = status === 200
    if (!isStarted) expect(JSON.stringify(body)).toMatch(/EMFILE|too many open files/i)
    await waitFor('the other process has ended by itself', () => !isRunning(ending.pid))
    limit(host.pid, '--nofile=20000:20000')
    expect(await infoOf(host, 'other')).toMatchObject({ state: 'Running', pid: other.pid })
    expect(await rest(host, 'ending')).toMatchObject({ state: 'Failed', exit_code: 5 })
    if (!isStarted) {
      expect(await infoOf(host, 'web')).toMatchObject({ state: 'Failed', error: expect.stringMatching(/too many open files/) })
      expect(pidsOf('web')).toEqual([])
      expect(await host.send('POST', '/api/processes/web/start')).toMatchObject({ status: 200 })
    }
    const { pid } = await infoOf(host, 'web')
    await untilOnly('web', [pid])
    expect(await host.send('POST', '/api/processes/web/stop')).toMatchObject({ status: 200 })
    await host.send('DELETE', '/api/processes/ending')
    expect(existsSync(join(host.dataDir, 'processes/ending'))).toBe(false)
    await waitFor('no file stays open', () => openFiles(host.pid) <= before)
  })
})

describe.skipIf(isRoot)(`a host that may not fork${isRoot ? ' (skipped: the limit does not bind root)' : ''}`, () => {
  it('fails the start with the reason and recovers', async () => {
    await using host = await startHost()
    await create(host, sleeper('web'))
    limit(host.pid, '--nproc=1:')
    const { status, body } = await host.send('POST', '/api/processes/web/start')
    expect(status).toBe(500)
    expect(JSON.stringify(body)).toMatch(/EAGAIN|did not|ended before/)
    expect((await infoOf(host, 'web')).state).toBe('Failed')
    limit(host.pid, '--nproc=20000:')
    expect(await host.send('POST', '/api/processes/web/start')).toMatchObject({ status: 200 })
  })
})
