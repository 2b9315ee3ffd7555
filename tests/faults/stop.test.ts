import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startHost } from '../helpers/host'
import { isRunning } from '../helpers/processes'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { waitFor } from '../helpers/wait-for'
import { infoOf, linesOf, pidsOf, rest, run } from './playground'

const DEAF = 'trap "" TERM; sleep 600 & echo ready; while :; do sleep 1; done'
const deaf = { id: 'deaf', command: 'sh', args: ['-c', DEAF] }

const isRoot = process.getuid?.() === 0

/** The letter of `/proc/PID/stat`, and the number after it; nothing of a process that has gone. */
function stateOf(pid: number): string | undefined {
  return fieldsOf(pid)[0]
}

function parentOf(pid: number): number {
  return Number(fieldsOf(pid)[1])
}

function fieldsOf(pid: number): string[] {
  try {
    return (/\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? '').split(' ')
  }
  catch {
    return []
  }
}

describe('a stop whose host is killed meanwhile', () => {
  it.each([
    ['POST', '/api/processes/deaf/stop', { grace_ms: 1500 }, { state: 'Stopped', signal: 'SIGKILL', run: 1 }],
    ['POST', '/api/processes/deaf/restart', undefined, { state: 'Running', run: 2 }],
  ])('is finished by the next host: %s %s', async (method, path, body, expected) => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    await using first = await startHost({ dataDir })
    const { pid } = await run(first, deaf)
    await waitFor('it ignores SIGTERM', async () => (await linesOf(first, 'deaf')).includes('ready'))
    const before = pidsOf('deaf')
    void first.send(method, path, body).catch(() => undefined) // its host dies before it answers
    await waitFor('the stop has begun', async () => (await infoOf(first, 'deaf')).phase === 'stopping')
    await first.end('SIGKILL')
    expect(isRunning(pid)).toBe(true)
    await using second = await startHost({ dataDir })
    await waitFor('all of the stopped run is gone', () => !before.some(isRunning))
    const info = await waitFor('what was to follow is done', async () => {
      const { state, phase, run: number, ...rest } = await infoOf(second, 'deaf')
      return phase !== 'stopping' && number === expected.run && state === expected.state && { state, run: number, ...rest }
    })
    expect(info).toMatchObject(expected)
  })

  it('is finished by the next host: DELETE with force', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    await using first = await startHost({ dataDir })
    await run(first, deaf)
    await waitFor('it ignores SIGTERM', async () => (await linesOf(first, 'deaf')).includes('ready'))
    void first.send('DELETE', '/api/processes/deaf?force=true').catch(() => undefined) // as above
    await waitFor('the stop has begun', async () => (await infoOf(first, 'deaf')).phase === 'stopping')
    await first.end('SIGKILL')
    await using second = await startHost({ dataDir })
    await waitFor('it is removed', async () => (await second.send('GET', '/api/processes/deaf')).status === 404)
    expect(pidsOf('deaf')).toEqual([])
  })
})

describe('a stop', () => {
  it('reaches a whole group that was suspended', async () => {
    await using host = await startHost()
    const { pid } = await run(host, { id: 'frozen', command: 'sh', args: ['-c', 'sleep 600 & sleep 600 & echo ready; wait'] })
    await waitFor('it has children', async () => (await linesOf(host, 'frozen')).includes('ready'))
    process.kill(-pid, 'SIGSTOP')
    await waitFor('it is suspended', () => stateOf(pid) === 'T')
    expect(await infoOf(host, 'frozen')).toMatchObject({ state: 'Running', pid })
    const started = performance.now()
    expect(await host.send('POST', '/api/processes/frozen/stop')).toMatchObject({ status: 200, body: { state: 'Stopped', signal: 'SIGTERM' } })
    expect(performance.now() - started).toBeLessThan(4000) // it has ended by itself, not by SIGKILL after the grace
    expect(pidsOf('frozen')).toEqual([])
  })

  it('of one whose members are suspended and ignore the signal kills them after the grace', async () => {
    await using host = await startHost()
    const script = 'trap "" TERM; sleep 600 & echo ready; exec sleep 600'
    const { pid } = await run(host, { id: 'deaf', command: 'sh', args: ['-c', script] })
    await waitFor('it ignores SIGTERM', async () => (await linesOf(host, 'deaf')).includes('ready'))
    process.kill(-pid, 'SIGSTOP')
    await waitFor('it is suspended', () => stateOf(pid) === 'T')
    expect(await host.send('POST', '/api/processes/deaf/stop', { grace_ms: 300 })).toMatchObject({ status: 200, body: { signal: 'SIGKILL' } })
    expect(pidsOf('deaf')).toEqual([])
  })
})

describe('a zombie', () => {
  it('is not taken for alive while nobody collects it, and the next run stands beside it', async () => {
    await using host = await startHost()
    const { pid } = await run(host, { id: 'dead', command: 'sleep', args: ['600'] })
    const shim = parentOf(pid)
    process.kill(shim, 'SIGSTOP') // it will not collect its child, nor write how it ended
    await waitFor('the shim is suspended', () => stateOf(shim) === 'T')
    process.kill(pid, 'SIGTERM')
    await waitFor('it is a zombie', () => stateOf(pid) === 'Z')
    expect(await rest(host, 'dead')).toMatchObject({ state: 'Failed', error: 'exit code lost', run: 1 })
    expect(await host.send('POST', '/api/processes/dead/start')).toMatchObject({ status: 200, body: { state: 'Running', run: 2 } })
    process.kill(shim, 'SIGCONT')
    await waitFor('it is collected', () => stateOf(pid) !== 'Z')
    expect(await host.send('POST', '/api/processes/dead/stop')).toMatchObject({ status: 200, body: { state: 'Stopped', run: 2 } })
  })

  it.skipIf(!isRoot)('in the group under a pid 1 that collects nobody keeps no stop waiting', async () => {
    const noReaper = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', '"$@" & exec sleep 600', 'sh']
    await using host = await startHost({ wrap: noReaper })
    const script = 'trap "" TERM; sh -c "trap \\"\\" TERM; sleep 600" & sleep 600 & echo ready; wait; wait; sleep 600'
    await run(host, { id: 'web', command: 'sh', args: ['-c', script] })
    await waitFor('it has children', async () => (await linesOf(host, 'web')).includes('ready'))
    const started = performance.now()
    expect(await host.send('POST', '/api/processes/web/stop', { grace_ms: 500 })).toMatchObject({ status: 200, body: { state: 'Stopped' } })
    expect(performance.now() - started).toBeLessThan(6000)
    expect(pidsOf('web')).toEqual([])
    expect(await host.send('POST', '/api/processes/web/restart')).toMatchObject({ status: 200, body: { run: 2 } })
    expect(await host.send('DELETE', '/api/processes/web?force=true')).toMatchObject({ status: 204 })
    expect(pidsOf('web')).toEqual([])
  })
})

describe('the end of a leader', () => {
  it('that leaves others behind keeps its exit code, and they are ended', async () => {
    await using host = await startHost()
    await run(host, { id: 'parent', command: 'sh', args: ['-c', 'sleep 600 & sleep 600 & exit 7'] })
    expect(await rest(host, 'parent')).toMatchObject({ state: 'Failed', exit_code: 7, leftovers_ended: true })
    expect(pidsOf('parent')).toEqual([])
  })

  it('is not waited for by whoever holds its output', async () => {
    await using host = await startHost()
    const started = performance.now()
    await run(host, { id: 'parent', command: 'sh', args: ['-c', 'setsid sh -c "sleep 4; echo late" & echo early; exit 3'] })
    expect(await rest(host, 'parent')).toMatchObject({ state: 'Failed', exit_code: 3 })
    expect(performance.now() - started).toBeLessThan(3000)
    expect(await linesOf(host, 'parent')).toEqual(['early'])
  })
})
