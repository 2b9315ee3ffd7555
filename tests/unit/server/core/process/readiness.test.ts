import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ReadyRules } from '#shared/schemas/supervision'
import type { z } from 'zod'
import { LineMatcher } from '../../../../../server/core/logs/matcher'
import { type ReadinessRequest, watchReadiness } from '../../../../../server/core/process/readiness'
import type { Clock } from '../../../../../server/core/process/readiness-probe'
import { linux } from '../../../../../server/core/supervise/linux'
import { isRunning } from '../../../../helpers/processes'
import { temporaryDirectory } from '../../../../helpers/temporary-directory'
import { waitFor } from '../../../../helpers/wait-for'

const INTERVAL_MS = 10

interface Watching extends AsyncDisposable { told: string[], over: Promise<void>, abort: () => void }

/** Watches with short intervals; at the end of its scope the watching has come back. */
function watching(rules: z.input<typeof ReadyRules>, changed: Partial<ReadinessRequest> = {}): Watching {
  const told: string[] = []
  const ending = new AbortController()
  const matcher = new LineMatcher()
  const over = watchReadiness({
    rules: ReadyRules.parse({ interval_ms: INTERVAL_MS, ...rules }),
    run: { startedAt: new Date(), env: { PATH: process.env.PATH ?? '' }, cwd: '/' },
    lines: () => silent(ending.signal),
    matcher,
    os: linux,
    signal: ending.signal,
    ...changed,
  }, {
    ready: () => told.push('ready'),
    unready: reason => told.push(`unready: ${reason}`),
    failed: reason => told.push(`failed: ${reason}`),
  })
  const abort = () => ending.abort()
  return {
    told, over, abort,
    async [Symbol.asyncDispose]() {
      abort()
      await over
      await matcher[Symbol.asyncDispose]()
    },
  }
}

/** A clock by which the time is over as soon as the first try has failed. */
function impatient(): Clock {
  const tried = new AbortController()
  return {
    now: Date.now,
    sleep: async (ms, signal) => {
      if (ms === INTERVAL_MS) tried.abort()
      else if (!tried.signal.aborted) await once(tried.signal, 'abort')
      if (ms === INTERVAL_MS) await sleep(ms, undefined, { signal })
    },
  }
}

/** A log that has these lines and no more. */
const written = (...lines: string[]) => async function* () {
  yield lines
}

/** A log in which nothing happens. */
async function* silent(signal: AbortSignal): AsyncGenerator<string[]> {
  yield []
  if (!signal.aborted) await once(signal, 'abort')
}

async function listening(server: Server, host = '127.0.0.1', port = 0): Promise<{ port: number } & AsyncDisposable> {
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  return {
    port: isInternet(address) ? address.port : 0,
    [Symbol.asyncDispose]: async () => void (server.listening && await once(server.close(), 'close')),
  }
}

const isInternet = (address: AddressInfo | string | null): address is AddressInfo => typeof address === 'object' && address !== null

const timers = () => process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length

describe('watchReadiness', () => {
  describe('by http', () => {
    it.each([[200, undefined], [302, undefined], [399, undefined], [404, 404], [500, 500]])('takes the status %i where %s is expected', async (code, status) => {
      await using server = await listening(createHttpServer((_, response) => void response.writeHead(code, { location: 'http://127.0.0.1:1/' }).end('x'.repeat(1000))))
      await using watch = watching({ http: `http://127.0.0.1:${server.port}/health`, status })
      await watch.over
      expect(watch.told).toEqual(['ready'])
    })

    it.each(['127.0.0.1', '::1'])('reaches localhost on %s', async (host) => {
      await using server = await listening(createHttpServer((_, response) => void response.end()), host)
      await using watch = watching({ http: `http://localhost:${server.port}/` })
      await watch.over
      expect(watch.told).toEqual(['ready'])
    })

    it('goes on trying after the timeout, says why, and may still become ready', async () => {
      let code = 503
      await using server = await listening(createHttpServer((_, response) => void response.writeHead(code).end()))
      const http = `http://localhost:${server.port}/`
      await using watch = watching({ http }, { clock: impatient() })
      await waitFor('it is unready', () => watch.told.length > 0)
      code = 204
      await watch.over
      expect(watch.told).toEqual([`unready: not ready after 60000 ms: ${http} answers 503`, 'ready'])
    })

    it('leaves no connection behind, and does not wait for the body', async () => {
      const server = createHttpServer((_, response) => void response.writeHead(200).write('x')) // never ends
      await using listener = await listening(server)
      await using watch = watching({ http: `http://127.0.0.1:${listener.port}/` })
      await watch.over
      expect(watch.told).toEqual(['ready'])
      await waitFor('the connection is closed', () => new Promise<boolean>(resolve => server.getConnections((_, count) => resolve(count === 0))))
    })
  })

  describe('by tcp', () => {
    it.each(['127.0.0.1', '::1'])('connects to localhost on %s', async (host) => {
      await using server = await listening(createServer(socket => socket.on('error', () => {})), host)
      await using watch = watching({ tcp: server.port })
      await watch.over
      expect(watch.told).toEqual(['ready'])
    })

    it('waits for a port that opens later', async () => {
      const held = await listening(createServer())
      const { port } = held
      await held[Symbol.asyncDispose]()
      await using watch = watching({ tcp: port }, { clock: impatient() })
      await waitFor('it is unready', () => watch.told.length > 0)
      await using _ = await listening(createServer(), '127.0.0.1', port)
      await watch.over
      expect(watch.told).toEqual([`unready: not ready after 60000 ms: port ${port} of localhost refuses the connection`, 'ready'])
    })
  })

  describe('by command', () => {
    it('runs it with the environment and the directory of the run until it exits 0', async () => {
      await using directory = await temporaryDirectory()
      const script = 'test "$WORD" = yes && echo x >> tries && test "$(wc -l < tries)" -ge 3'
      const run = { startedAt: new Date(), env: { PATH: process.env.PATH ?? '', WORD: 'yes' }, cwd: directory.path }
      await using watch = watching({ command: ['sh', '-c', script] }, { run })
      await watch.over
      expect(watch.told).toEqual(['ready'])
      expect(await readFile(join(directory.path, 'tries'), 'utf8')).toBe('x\nx\nx\n')
    })

    it('says why it is not ready, also when it cannot be started', async () => {
      await using exits = watching({ command: ['sh', '-c', 'exit 7'] }, { clock: impatient() })
      await using missing = watching({ command: ['/no/such/program'] }, { clock: impatient() })
      await waitFor('both are unready', () => exits.told.length > 0 && missing.told.length > 0)
      expect(exits.told[0]).toContain('sh exits with code 7')
      expect(missing.told[0]).toContain('/no/such/program could not be started (ENOENT)')
    })

    it('leaves nothing running: neither what it started nor itself after an abort', async () => {
      await using directory = await temporaryDirectory()
      const file = (name: string) => join(directory.path, name)
      const pidOf = (name: string) => waitFor(name, async () => Number(await readFile(file(name), 'utf8').catch(() => '')) || undefined)
      await using done = watching({ command: ['sh', '-c', `sleep 1000 & echo $! > ${file('child')}`] })
      await done.over
      const child = await pidOf('child')
      await waitFor('the child is gone', () => !isRunning(child))

      await using hanging = watching({ command: ['sh', '-c', `echo $$ > ${file('self')}; exec sleep 1000`] })
      const self = await pidOf('self')
      hanging.abort()
      await hanging.over
      await waitFor('the command is gone', () => !isRunning(self))
      expect(hanging.told).toEqual([])
    })
  })

  describe('by log', () => {
    it('finds a line that was written before, and one that comes later', async () => {
      await using before = watching({ log: 'ready in \\d+' }, { lines: written('boot', 'ready in 3 s') })
      await before.over
      expect(before.told).toEqual(['ready'])
      const later = async function* () {
        yield ['boot']
        await waitFor('the watch is unready', () => watch.told.length > 0)
        yield ['ready in 5 s']
      }
      await using watch = watching({ log: 'ready in \\d+', timeout_ms: 30 }, { lines: later })
      await watch.over
      expect(watch.told).toEqual(['unready: not ready after 30 ms: no check has ended yet', 'ready'])
    })

    it('says that a pattern takes too long, and ends', async () => {
      await using watch = watching({ log: '^(a+)+$' }, { lines: written(`${'a'.repeat(60)}!`) })
      await watch.over
      expect(watch.told).toEqual(['unready: ready.log: the pattern "^(a+)+$" takes too long'])
    })
  })

  describe('by delay_ms', () => {
    const START = Date.parse('2026-11-26T10:00:00Z')

    it.each([[0, 3000], [1000, 2000], [60_000, 0]])('counts from the start of the run: %i ms after it, %i ms are left', async (after, left) => {
      const slept: number[] = []
      const clock: Clock = {
        now: () => START + after,
        sleep: async (ms) => {
          slept.push(ms)
          if (ms === 120_000 - after) await new Promise(() => {}) // the timeout, which is never reached
        },
      }
      const run = { startedAt: new Date(START), env: {}, cwd: '/' }
      await using watch = watching({ delay_ms: 3000, timeout_ms: 120_000 }, { clock, run })
      await watch.over
      expect(watch.told).toEqual(['ready'])
      expect(slept).toContain(left)
    })
  })

  describe('that keeps checking', () => {
    it('tells each change, and after three failures in a row that it failed', async () => {
      const codes = [500, 200, 200, 500, 200, 500, 500, 200, 500, 500, 500]
      await using server = await listening(createHttpServer((_, response) => void response.writeHead(codes.shift() ?? 500).end()))
      const http = `http://127.0.0.1:${server.port}/`
      await using watch = watching({ http, keep_checking: true })
      await watch.over
      const unready = `unready: ${http} answers 500`
      expect(watch.told).toEqual(['ready', unready, 'ready', unready, 'ready', unready, `failed: 3 checks in a row failed: ${http} answers 500`])
      expect(codes).toEqual([])
    })

    it('tells nothing more and holds nothing once it was ended', async () => {
      await using server = await listening(createHttpServer(() => {})) // never answers
      const before = timers()
      await using watch = watching({ http: `http://127.0.0.1:${server.port}/`, keep_checking: true, timeout_ms: 20 })
      await waitFor('it is unready', () => watch.told.length > 0)
      watch.abort()
      await watch.over
      expect(watch.told).toHaveLength(1)
      expect(timers()).toBeLessThanOrEqual(before)
    })
  })
})
