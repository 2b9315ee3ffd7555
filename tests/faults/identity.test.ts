import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startHost, type TestHost } from '../helpers/host'
import { isRunning } from '../helpers/processes'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { waitFor } from '../helpers/wait-for'
import { create, infoOf, pidsOf, rest, run } from './playground'

const sleeper = (id: string) => ({ id, command: 'sleep', args: ['600'] })
const isRoot = process.getuid?.() === 0
const statOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'latin1')

/** A process that is none of ours: a session of its own, as the leader of a run is. */
async function bystander(): Promise<Disposable & { pid: number }> {
  const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
  await once(child, 'spawn')
  return { pid: child.pid ?? 0, [Symbol.dispose]: () => child.kill('SIGKILL') }
}

/** Kills a run so that nobody can record its exit code: its shim first. */
async function vanish(pid: number): Promise<void> {
  const shim = Number(/\) \S (\d+)/.exec(statOf(pid))?.[1])
  process.kill(shim, 'SIGKILL')
  process.kill(pid, 'SIGKILL')
  await waitFor('both are gone', () => !isRunning(pid) && !isRunning(shim))
}

/** Writes `line` over the first line of a file, as the shim does. */
function overwriteLine(file: string, line: string): void {
  writeFileSync(file, `${line.trimEnd()}\n`)
}

interface Scene { dataDir: string, pid: number, other: number }

/** Another process has the recorded number, but not the recorded start. */
function recyclePid({ dataDir, pid, other }: Scene): void {
  const file = join(dataDir, 'processes/web/runs/1/ctl/pid')
  const line = readFileSync(file, 'latin1').split('\n')[0] ?? ''
  overwriteLine(file, line.replaceAll(new RegExp(`(?<![\\d])${pid}(?![\\d])`, 'g'), String(other)))
}

/** Number and start time are those of a living process; but the recorded run is of another boot. */
function rebootWithSameNumbers({ dataDir, other }: Scene): void {
  const ctl = join(dataDir, 'processes/web/runs/1/ctl')
  overwriteLine(join(ctl, 'pid'), statOf(other))
  const spec = JSON.parse(readFileSync(join(ctl, 'spec'), 'utf8'))
  writeFileSync(join(ctl, 'spec'), JSON.stringify({ ...spec, boot_id: randomUUID() }))
}

describe('a stranger under the number of a run', () => {
  it.each([
    ['that has the pid by now', recyclePid],
    ['of a later boot, started at the same tick', rebootWithSameNumbers],
  ])('%s is not adopted and not signalled, whatever is asked for', async (_, forge) => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    using other = await bystander()
    await using first = await startHost({ dataDir })
    const { pid } = await run(first, sleeper('web'))
    await first.end('SIGKILL')
    await vanish(pid)
    forge({ dataDir, pid, other: other.pid })
    await using second = await startHost({ dataDir })
    const info = await rest(second, 'web')
    expect(info).toMatchObject({ state: 'Failed', error: 'exit code lost', run: 1 })
    expect(info).not.toHaveProperty('pid')
    expect(await second.send('POST', '/api/processes/web/stop')).toMatchObject({ status: 409 })
    expect(await second.send('POST', '/api/processes/web/restart')).toMatchObject({ status: 200, body: { state: 'Running', run: 2 } })
    expect(await second.send('POST', '/api/processes/web/stop')).toMatchObject({ status: 200 })
    expect(await second.send('DELETE', '/api/processes/web?force=true')).toMatchObject({ status: 204 })
    expect(isRunning(other.pid)).toBe(true)
  })
})

describe.skipIf(!isRoot)(`a reboot${isRoot ? '' : ' (skipped: another boot id takes root)'}`, () => {
  it('matches nothing with what was, and starts what is to start then', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    const bootId = join(directory.path, 'boot_id')
    writeFileSync(bootId, `${randomUUID()}\n`)
    using other = await bystander()
    await using first = await startHost({ dataDir })
    const kept = await wanted(first, 'kept', true)
    const plain = await wanted(first, 'plain', false)
    await create(first, sleeper('idle'))
    await first.end('SIGKILL')
    await vanish(kept)
    await vanish(plain)
    overwriteLine(join(dataDir, 'processes/plain/runs/1/ctl/pid'), statOf(other.pid))
    await using second = await startHost({ dataDir, wrap: ['unshare', '--mount', 'sh', '-c', BOOT, 'sh', bootId] })
    const started = await waitFor('what is to start has started', async () => {
      const info = await infoOf(second, 'kept')
      return info.state === 'Running' && info
    })
    expect(started).toMatchObject({ run: 2 })
    expect(await infoOf(second, 'plain')).toMatchObject({ state: 'Failed', error: 'exit code lost', run: 1 })
    expect((await infoOf(second, 'idle')).state).toBe('NotStarted')
    expect(await second.send('POST', '/api/processes/plain/stop')).toMatchObject({ status: 409 })
    expect(isRunning(other.pid)).toBe(true)
    await onlyOnce(second, dataDir, bootId)
  })
})

const BOOT = 'mount --bind "$1" /proc/sys/kernel/random/boot_id && shift && exec "$@"'

async function wanted(host: TestHost, id: string, isAutomatic: boolean): Promise<number> {
  const { pid } = await run(host, sleeper(id))
  await host.send('PATCH', `/api/processes/${id}`, { auto_start_on_restore: isAutomatic })
  return pid
}

/** A host that is killed after it has started them finds them running: the boot is the same one now. */
async function onlyOnce(host: TestHost, dataDir: string, bootId: string): Promise<void> {
  const pids = pidsOf('kept')
  await host.end('SIGKILL')
  await using next = await startHost({ dataDir, wrap: ['unshare', '--mount', 'sh', '-c', BOOT, 'sh', bootId] })
  expect(await infoOf(next, 'kept')).toMatchObject({ state: 'Running', run: 2, pid: pids[0] })
  expect(pidsOf('kept')).toEqual(pids)
}
