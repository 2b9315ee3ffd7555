import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startHost } from '../helpers/host'
import { isRunning } from '../helpers/processes'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { waitFor } from '../helpers/wait-for'
import { infoOf, linesOf, pidsOf, rest, run } from './playground'

const DEAF = 'trap "" TERM; sleep 600 & echo ready; while :; do sleep 1; done'
const deaf = { id: 'deaf', command: 'sh', args: ['-c', DEAF] }

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
