import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { launchHost, startHost } from '../helpers/host'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { waitFor } from '../helpers/wait-for'
import { create, infoOf, run, untilOnly } from './playground'

const sleeper = (id: string) => ({ id, command: 'sleep', args: ['600'] })
const FROZEN_MS = 6000

describe('a host', () => {
  it('that is told to end while it starts does so quickly and leaves everything whole', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    await using first = await startHost({ dataDir })
    const { pid } = await run(first, sleeper('web'))
    for (let index = 0; index < 20; index++) await create(first, sleeper(`p${index}`))
    await first.end()
    const snapshot = readFileSync(join(dataDir, 'snapshot.yaml'), 'utf8')
    for (let delay = 0; delay <= 600; delay += 40) {
      await using host = await launchHost({ dataDir })
      await sleep(delay) // the moment of the signal is what the rounds vary
      const started = performance.now()
      const exit = await host.end()
      expect(performance.now() - started).toBeLessThan(3000)
      // Before Node runs our first line, the signal itself ends it.
      expect([{ code: 0, signal: null }, { code: null, signal: 'SIGTERM' }]).toContainEqual(exit)
      expect(readFileSync(join(dataDir, 'snapshot.yaml'), 'utf8')).toBe(snapshot)
      expect(existsSync(join(dataDir, 'server.json'))).toBe(false)
      await untilOnly('web', [pid])
    }
    await using last = await startHost({ dataDir })
    expect(await infoOf(last, 'web')).toMatchObject({ state: 'Running', pid })
    expect(await last.send('GET', '/api/status')).toMatchObject({ body: { process_count: 21 } })
    expect(readdirSync(dataDir).filter(name => name.includes('.tmp') || name.includes('corrupt'))).toEqual([])
  })

  it('that is frozen for a while, as a sleeping laptop does, keeps its lock, and nobody starts anything twice', async () => {
    await using first = await startHost()
    const { pid } = await run(first, sleeper('web'))
    const short = await run(first, { id: 'short', command: 'sh', args: ['-c', 'sleep 1; exit 4'] })
    process.kill(first.pid, 'SIGSTOP')
    const since = performance.now()
    try {
      await using second = await launchHost({ dataDir: first.dataDir })
      expect(await waitFor('the second host gives up', () => second.exit())).toEqual({ code: 1, signal: null })
      expect(second.log()).toContain(`pid ${first.pid}`)
      await sleep(Math.max(0, FROZEN_MS - (performance.now() - since))) // how long it is frozen is the fault itself
    }
    finally {
      process.kill(first.pid, 'SIGCONT')
    }
    await waitFor('the end meanwhile is known', async () => (await infoOf(first, 'short')).state === 'Failed')
    expect(await infoOf(first, 'short')).toMatchObject({ exit_code: 4, run: short.run })
    expect(await infoOf(first, 'web')).toMatchObject({ state: 'Running', pid, run: 1 })
    await untilOnly('web', [pid])
    expect(JSON.parse(readFileSync(join(first.dataDir, 'server.json'), 'utf8'))).toMatchObject({ pid: first.pid })
    await using third = await launchHost({ dataDir: first.dataDir })
    expect(await waitFor('it is refused too', () => third.exit())).toEqual({ code: 1, signal: null })
  })

  it('of eight started at once on what a crash left behind is alone', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    await using first = await startHost({ dataDir })
    const { pid } = await run(first, sleeper('web'))
    await first.end('SIGKILL')
    const hosts = await Promise.all(Array.from({ length: 8 }, () => launchHost({ dataDir })))
    try {
      await waitFor('seven have given up', () => hosts.filter(host => host.exit()).length === 7, 30_000)
      expect(hosts.map(host => host.exit()?.code).filter(code => code !== undefined)).toEqual(Array.from({ length: 7 }, () => 1))
      const winner = hosts.find(host => !host.exit())
      await waitFor('the winner listens', () => winner?.log().includes('listening on'))
      expect(JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8'))).toMatchObject({ pid: winner?.pid })
      await untilOnly('web', [pid])
    }
    finally {
      for (const host of hosts) await host[Symbol.asyncDispose]()
    }
  })
})
