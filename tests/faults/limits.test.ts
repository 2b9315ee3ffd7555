import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type HostOptions, startHost } from '../helpers/host'
import { isRunning } from '../helpers/processes'
import { systemNode } from '../helpers/system-node'
import { type TemporaryDirectory, temporaryDirectory } from '../helpers/temporary-directory'
import { waitFor } from '../helpers/wait-for'
import { codeOf, create, infoOf, linesOf, openFiles, pidsOf, rest, run, untilOnly } from './playground'

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

const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
/** RLIMIT_NPROC does not bind root, so root runs the host as nobody, with a Node that everybody may execute. */
const unprivileged: HostOptions = isRoot ? { wrap: NOBODY, node: systemNode() } : {}

/** Sets the soft limit of processes as the owner of the host may: root needs more than being root for that. */
function limitProcesses(pid: number, most: string): void {
  const [command = 'prlimit', ...args] = [...(isRoot ? NOBODY : []), 'prlimit', '--pid', String(pid), `--nproc=${most}:`]
  execFileSync(command, args)
}

function processLimit(pid: number): string {
  return /^Max processes\s+(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'latin1'))?.[1] ?? 'unlimited'
}

async function unprivilegedDirectory(): Promise<TemporaryDirectory> {
  const directory = await temporaryDirectory()
  if (isRoot) chownSync(directory.path, 65_534, 65_534)
  return directory
}

describe('a host that may not fork', () => {
  it('fails the start with the reason, leaks nothing, and recovers', async () => {
    await using directory = await unprivilegedDirectory()
    await using host = await startHost({ ...unprivileged, dataDir: join(directory.path, 'data') })
    const other = await run(host, sleeper('other'))
    await create(host, sleeper('web'))
    const before = openFiles(host.pid)
    const usual = processLimit(host.pid)
    limitProcesses(host.pid, '1')
    const { status, body } = await host.send('POST', '/api/processes/web/start')
    expect(status).toBe(500)
    expect(JSON.stringify(body)).toMatch(/EAGAIN|did not|ended before/)
    expect(await infoOf(host, 'web')).toMatchObject({ state: 'Failed', error: expect.stringMatching(/EAGAIN|did not|ended before/) })
    expect(pidsOf('web')).toEqual([])
    expect(await infoOf(host, 'other')).toMatchObject({ state: 'Running', pid: other.pid })
    expect(await host.send('POST', '/api/processes/other/stop')).toMatchObject({ status: 200, body: { state: 'Stopped' } })
    limitProcesses(host.pid, usual)
    expect(await host.send('POST', '/api/processes/web/start')).toMatchObject({ status: 200 })
    await waitFor('no file stays open', () => openFiles(host.pid) <= before)
  })
})

describe('a data directory without write permission', () => {
  it('refuses changes with 507 while what runs can be stopped, and takes them again with it', async () => {
    await using directory = await unprivilegedDirectory()
    const dataDir = join(directory.path, 'data')
    await using host = await startHost({ ...unprivileged, dataDir })
    const { pid } = await run(host, sleeper('web'))
    await create(host, sleeper('idle'))
    chmodSync(dataDir, 0o500)
    const refused = [
      await host.send('POST', '/api/processes', sleeper('late')),
      await host.send('PATCH', '/api/processes/idle', { description: 'x' }),
      await host.send('DELETE', '/api/processes/idle'),
    ]
    expect(refused.map(answer => [answer.status, codeOf(answer)])).toEqual(refused.map(() => [507, 'STORAGE_FAILED']))
    expect(await host.send('POST', '/api/processes/web/stop')).toMatchObject({ status: 200, body: { state: 'Stopped' } })
    expect(isRunning(pid)).toBe(false)
    chmodSync(dataDir, 0o700)
    await create(host, sleeper('late'))
  })
})

describe('a host that runs out of memory', () => {
  it('is replaced by the next one, which finds pid, lines and definitions', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    await using host = await startHost({ dataDir })
    const { pid } = await run(host, { id: 'web', command: 'sh', args: ['-c', 'n=0; while :; do n=$((n+1)); echo "line $n"; sleep 0.05; done'] })
    await create(host, sleeper('idle'))
    limit(host.pid, `--as=${virtualBytes(host.pid) + (1 << 20)}`)
    const greedy = Array.from({ length: 100 }, (_, index) => ({ ...sleeper('idle'), description: `${index} ${'x'.repeat(1900)}` }))
    let isGone = false
    void host.exited.then(() => isGone = true) // never rejects
    for (let turn = 0; turn < 40 && !isGone; turn++) {
      await Promise.all(greedy.map(request => host.send('PUT', '/api/processes/idle', request).catch(() => undefined))) // its host dies
    }
    expect(['SIGABRT', 'SIGTRAP', 'SIGILL', 'SIGSEGV']).toContain((await host.exited).signal)
    expect(isRunning(pid)).toBe(true)
    await using next = await startHost({ dataDir })
    expect(await infoOf(next, 'web')).toMatchObject({ state: 'Running', pid, run: 1 })
    expect((await infoOf(next, 'idle')).command).toBe('sleep')
    const lines = await linesOf(next, 'web', 'lines=10000')
    expect(lines).toEqual(lines.map((_, index) => `line ${index + 1}`))
  })
})

function virtualBytes(pid: number): number {
  return Number(/^VmSize:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) * 1024
}
