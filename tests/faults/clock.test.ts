import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LogPage } from '#shared/schemas/logs'
import { startHost } from '../helpers/host'
import { isRunning } from '../helpers/processes'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { waitFor } from '../helpers/wait-for'
import { failpoints } from './failpoints'
import { infoOf, linesOf, rest, run } from './playground'

const DAY_MS = 24 * 3600 * 1000
const DEAF = 'trap "" TERM; echo ready; while :; do sleep 1; done'

describe('a clock that jumps', () => {
  it.each([
    ['a day back', -DAY_MS],
    ['a day forward', DAY_MS],
  ])('%s stretches no stop, makes no age negative, and loses no line', async (_, jump) => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    const offset = join(directory.path, 'offset')
    writeFileSync(offset, '0')
    const env = failpoints({ CLOCK_OFFSET_FILE: offset })
    await using host = await startHost({ dataDir, env })
    const deaf = await run(host, { id: 'deaf', command: 'sh', args: ['-c', DEAF] })
    await run(host, { id: 'ticker', command: 'sh', args: ['-c', 'n=0; while :; do n=$((n+1)); echo "line $n"; sleep 0.05; done'] })
    await waitFor('it ignores SIGTERM', async () => (await linesOf(host, 'deaf')).includes('ready'))
    const page = async (query: string) => LogPage.parse((await host.send('GET', `/api/processes/ticker/logs?format=json&${query}`)).body)
    const before = await waitFor('some lines', async () => {
      const found = await page('lines=1000')
      return found.lines.length > 5 && found
    })
    writeFileSync(offset, String(jump))
    const after = await waitFor('lines after the jump', async () => {
      const found = await page(`since=${before.next}&lines=1000`)
      return found.lines.length > 5 && found
    })
    const numbers = [...before.lines, ...after.lines].map(({ text }) => Number(text.slice(5)))
    expect(numbers).toEqual(numbers.map((_, index) => index + 1))
    expect((await infoOf(host, 'deaf')).uptime_ms).toBeGreaterThanOrEqual(0)
    const started = performance.now()
    const stop = host.send('POST', '/api/processes/deaf/stop', { grace_ms: 1000 })
    writeFileSync(offset, '0') // and back again, while it waits
    expect(await stop).toMatchObject({ status: 200, body: { state: 'Stopped', signal: 'SIGKILL' } })
    expect(performance.now() - started).toBeGreaterThan(900)
    expect(performance.now() - started).toBeLessThan(8000)
    expect(isRunning(deaf.pid)).toBe(false)
    expect(await host.send('POST', '/api/processes/ticker/stop')).toMatchObject({ status: 200, body: { state: 'Stopped' } })
  })

  it.each([
    ['forward', DAY_MS],
    ['back', -DAY_MS],
  ])('%s between two hosts makes no running process another, and finishes a stop within its grace', async (_, jump) => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    const offset = join(directory.path, 'offset')
    writeFileSync(offset, '0')
    const env = failpoints({ CLOCK_OFFSET_FILE: offset })
    await using first = await startHost({ dataDir, env })
    const web = await run(first, { id: 'web', command: 'sleep', args: ['600'] })
    const deaf = await run(first, { id: 'deaf', command: 'sh', args: ['-c', DEAF] })
    await waitFor('it ignores SIGTERM', async () => (await linesOf(first, 'deaf')).includes('ready'))
    void first.send('POST', '/api/processes/deaf/stop', { grace_ms: 2000 }).catch(() => undefined) // its host dies before it answers
    await waitFor('the stop has begun', async () => (await infoOf(first, 'deaf')).phase === 'stopping')
    await first.end('SIGKILL')
    writeFileSync(offset, String(jump))
    await using second = await startHost({ dataDir, env })
    const adopted = await infoOf(second, 'web')
    expect(adopted).toMatchObject({ state: 'Running', pid: web.pid, run: 1 })
    expect(adopted.uptime_ms).toBeGreaterThanOrEqual(0)
    await waitFor('the stop is finished', () => !isRunning(deaf.pid), 10_000)
    expect(await rest(second, 'deaf')).toMatchObject({ state: 'Stopped', signal: 'SIGKILL' })
  })
})
