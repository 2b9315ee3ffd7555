import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startHost } from '../helpers/host'
import { isRunning } from '../helpers/processes'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { waitFor } from '../helpers/wait-for'
import { infoOf, inPhase, pidsOf, rest, run, shell, untilOnly } from './playground'

const startsIn = (file: string) => readFileSync(file, 'utf8').trim().split('\n')

describe('a process that crashes again and again', () => {
  it('is started again with growing pauses, is given up, and says so', async () => {
    await using directory = await temporaryDirectory()
    const starts = join(directory.path, 'starts')
    await using host = await startHost()
    const restart = { policy: 'on_failure' as const, max_retries: 3, backoff_ms: 100, max_backoff_ms: 400 }
    await run(host, shell('loop', `date +%s%N >>${starts}; exit 1`, { restart }))
    const dues = new Set<number>()
    const ended = await waitFor('it is given up', async () => {
      const info = await infoOf(host, 'loop')
      if (info.next_restart_at !== undefined) dues.add(Date.parse(info.next_restart_at))
      return info.phase === 'idle' && info
    }, 30_000)
    expect(ended).toMatchObject({ state: 'Failed', exit_code: 1, run: 4, restart_count: 3 })
    expect(ended.error).toMatch(/gave up|given up|3/)
    const times = startsIn(starts).map(text => Number(text) / 1e6)
    expect(times).toHaveLength(4)
    expect(dues.size).toBe(3)
    const middles = [100, 200, 400]
    for (const [index, due] of [...dues].entries()) {
      // Pauses are spread by 20 %; what was announced comes no earlier.
      expect(due - (times[index] ?? 0)).toBeGreaterThanOrEqual((middles[index] ?? 0) * 0.8)
      expect(times[index + 1]).toBeGreaterThanOrEqual(due)
    }
    expect(pidsOf('loop')).toEqual([])
  })

  it('keeps its count and its pause when the host is killed meanwhile, and is never started twice', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    const starts = join(directory.path, 'starts')
    const restart = { policy: 'on_failure' as const, max_retries: 2, backoff_ms: 4000, max_backoff_ms: 4000 }
    await using first = await startHost({ dataDir })
    await run(first, shell('loop', `echo $$ >>${starts}; exit 1`, { restart }))
    const pausing = await inPhase(first, 'loop', 'backoff')
    const due = Date.parse(pausing.next_restart_at ?? '')
    expect(due).toBeGreaterThan(Date.now())
    await first.end('SIGKILL')
    await using second = await startHost({ dataDir })
    expect(await infoOf(second, 'loop')).toMatchObject({ phase: 'backoff', run: 1, next_restart_at: pausing.next_restart_at })
    await waitFor('it is started again', () => startsIn(starts).length === 2, 20_000)
    expect(Date.now()).toBeGreaterThanOrEqual(due)
    await inPhase(second, 'loop', 'backoff')
    await second.end('SIGKILL')
    await using third = await startHost({ dataDir })
    const ended = await rest(third, 'loop', 30_000)
    expect(ended).toMatchObject({ state: 'Failed', run: 3, restart_count: 2 })
    expect(startsIn(starts)).toHaveLength(3)
  })

  it('is started again by the next host when it ends while none runs', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    const go = join(directory.path, 'go')
    const script = `if [ -e ${go} ]; then exec sleep 600; fi; while [ ! -e ${go} ]; do sleep 0.05; done; exit 9`
    await using first = await startHost({ dataDir })
    const { pid } = await run(first, shell('web', script, { restart: { policy: 'on_failure', backoff_ms: 10 } }))
    await first.end('SIGKILL')
    writeFileSync(go, '')
    await waitFor('it has ended', () => !isRunning(pid))
    await using second = await startHost({ dataDir })
    const info = await waitFor('its second run', async () => {
      const now = await infoOf(second, 'web')
      return now.state === 'Running' && now.run === 2 && now
    })
    await untilOnly('web', [info.pid])
    expect(await second.send('POST', '/api/processes/web/stop')).toMatchObject({ status: 200, body: { state: 'Stopped' } })
    await second.end('SIGKILL')
    await using third = await startHost({ dataDir })
    expect(await infoOf(third, 'web')).toMatchObject({ state: 'Stopped', phase: 'idle', run: 2 }) // a person stopped it
    expect(pidsOf('web')).toEqual([])
  })

  it('can be stopped and started while it pauses', async () => {
    await using host = await startHost()
    const restart = { policy: 'always' as const, backoff_ms: 60_000, max_backoff_ms: 60_000 }
    await run(host, shell('loop', 'exit 0', { restart }))
    await inPhase(host, 'loop', 'backoff')
    expect(await host.send('POST', '/api/processes/loop/start')).toMatchObject({ status: 200, body: { run: 2 } })
    await inPhase(host, 'loop', 'backoff')
    expect(await host.send('POST', '/api/processes/loop/stop')).toMatchObject({ status: 200, body: { phase: 'idle' } })
    expect(await infoOf(host, 'loop')).not.toHaveProperty('next_restart_at')
    expect(await host.send('POST', '/api/processes/loop/stop')).toMatchObject({ status: 409 })
    expect(pidsOf('loop')).toEqual([])
  })
})
