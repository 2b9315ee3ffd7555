import { rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LogPage } from '#shared/schemas/logs'
import { startHost, type TestHost } from '../helpers/host'
import { waitFor } from '../helpers/wait-for'
import { create, infoOf, linesOf, rest, run, watchMemory } from './playground'

const MEMORY_LIMIT_MB = 160
const FLOOD_BYTES = 1_000_000_000
/** 32 MiB are kept, a quarter more may gather, and what comes while one step of retention works on a busy machine. */
const DISK_LIMIT_BYTES = 300_000_000
const STEADY = join(import.meta.dirname, '../fixtures/steady.mjs')

const shell = (id: string, script: string) => ({ id, command: 'sh', args: ['-c', script] })
const logOf = (host: TestHost, id: string, number: number) => join(host.dataDir, `processes/${id}/runs/${number}/stdout.log`)

async function pageOf(host: TestHost, id: string, query: string): Promise<LogPage> {
  return LogPage.parse((await host.send('GET', `/api/processes/${id}/logs?format=json&${query}`)).body)
}

describe('output that no log expects', () => {
  it('of 20 MB in one line is cut in answers, in bounded memory, and the next line is intact', async () => {
    await using host = await startHost()
    using memory = watchMemory(host.pid)
    await run(host, shell('long', 'head -c 20000000 /dev/zero | tr "\\0" x; echo; echo after; sleep 600'))
    await waitFor('the line after it', async () => (await linesOf(host, 'long', 'lines=1'))[0] === 'after')
    for (let turn = 0; turn < 20; turn++) {
      const [long = '', after] = await linesOf(host, 'long')
      expect(after).toBe('after')
      expect(long.length).toBeLessThan(70_000)
      expect(long.startsWith('xxxx')).toBe(true)
    }
    expect(memory.peakMegabytes()).toBeLessThan(MEMORY_LIMIT_MB)
  })

  it('of broken UTF-8, NUL and CR shows what can be shown, and later lines are intact', async () => {
    await using host = await startHost()
    await run(host, shell('bytes', `printf 'a\\377b\\n\\000\\n\\303\\nprogress 1\\rprogress 2\\r\\n\\342\\202\\n'; echo "grüß 日本"; sleep 600`))
    await waitFor('the last line', async () => (await linesOf(host, 'bytes')).at(-1) === 'grüß 日本')
    const lines = await linesOf(host, 'bytes')
    expect(lines).toHaveLength(6)
    expect(lines[0]).toBe('a\uFFFDb')
    expect(lines[1]).toBe('\0')
    expect(lines[2]).toBe('\uFFFD')
    expect(lines[3]).toMatch(/progress 2/)
    expect(lines[4]).toBe('\uFFFD')
  })
})

/** A rate of its own that nothing reaches: the brake leaves it alone, and only retention bounds what it takes. */
const UNBRAKED = { limits: { log_rate_bytes: 1e12 } }

describe('a flood of 1 GB that no brake slows down', () => {
  it('as fast as the machine writes leaves the host answering, its memory bounded, and the disk in the end', { timeout: 120_000 }, async () => {
    await using host = await startHost()
    using memory = watchMemory(host.pid)
    const script = `yes 0123456789012345678901234567890123456789 | head -c ${FLOOD_BYTES}; echo; echo done`
    await run(host, { ...shell('flood', script), ...UNBRAKED })
    const { answersMs } = await readThrough(host, 'flood')
    expect(answersMs.length).toBeGreaterThan(3)
    expect(Math.max(...answersMs)).toBeLessThan(5000)
    expect((await linesOf(host, 'flood', 'lines=1'))[0]).toBe('done')
    expect(memory.peakMegabytes()).toBeLessThan(MEMORY_LIMIT_MB)
    await waitFor('old output is given back', () => process.platform !== 'linux' || diskUse(logOf(host, 'flood', 1)) < 50_000_000)
  })

  it('at 100 MB a second never takes more of the disk than a few times the cap, and says what it lost', { timeout: 120_000 }, async () => {
    await using host = await startHost()
    using memory = watchMemory(host.pid)
    await run(host, { id: 'steady', command: process.execPath, args: [STEADY, '1000', '100'], ...UNBRAKED })
    await waitFor('the first lines', async () => (await linesOf(host, 'steady')).length > 0)
    const first = (await pageOf(host, 'steady', 'lines=1')).first_cursor
    const { answersMs, diskBytes } = await readThrough(host, 'steady')
    expect(Math.max(...answersMs)).toBeLessThan(5000)
    expect(memory.peakMegabytes()).toBeLessThan(MEMORY_LIMIT_MB)
    if (process.platform === 'linux') expect(diskBytes).toBeLessThan(DISK_LIMIT_BYTES)
    expect((await linesOf(host, 'steady', 'lines=2'))).toEqual(['9999999 '.padEnd(99, '.'), 'done'])
    const { dropped, lines } = await pageOf(host, 'steady', `lines=1&since=${first}`)
    // The cursor names the very first line; all between it and the first kept one is counted.
    expect(Number.parseInt(lines[0]?.text ?? '', 10)).toBe(dropped + 1)
  })
})

/** Reads on and on while the process runs, as a client does that keeps up with nothing. */
async function readThrough(host: TestHost, id: string): Promise<{ answersMs: number[], diskBytes: number }> {
  const answersMs: number[] = []
  let diskBytes = 0
  let cursor: string | undefined
  for (let info = await infoOf(host, id); info.state === 'Running'; info = await infoOf(host, id)) {
    const started = performance.now()
    expect((await host.send('GET', '/api/health')).status).toBe(200)
    cursor = (await pageOf(host, id, cursor === undefined ? 'lines=100' : `lines=100&since=${cursor}`)).next
    answersMs.push(performance.now() - started)
    diskBytes = Math.max(diskBytes, diskUse(logOf(host, id, 1)))
  }
  return { answersMs, diskBytes }
}

describe('a log file that somebody', () => {
  it.each([
    ['removes', (file: string) => rmSync(file)],
    ['cuts', (file: string) => truncateSync(file, 0)],
    ['cuts in the middle', (file: string) => truncateSync(file, 20)],
  ])('%s harms neither the host nor the next run', async (_, harm) => {
    await using host = await startHost()
    await create(host, shell('web', 'n=0; while :; do n=$((n+1)); echo "line $n of run $VANTAGE_RUN"; sleep 0.05; done'))
    await host.send('POST', '/api/processes/web/start')
    await waitFor('some lines', async () => (await linesOf(host, 'web')).length > 5)
    harm(logOf(host, 'web', 1))
    for (let turn = 0; turn < 5; turn++) {
      expect((await host.send('GET', '/api/processes/web/logs')).status).toBe(200)
      expect((await host.send('GET', '/api/processes/web/logs?format=json&stream=both')).status).toBe(200)
    }
    expect(await host.send('POST', '/api/processes/web/restart')).toMatchObject({ status: 200, body: { run: 2 } })
    await waitFor('lines of the next run', async () => (await linesOf(host, 'web')).filter(line => line.endsWith('of run 2')).length > 3)
    await host.end('SIGKILL')
    await using next = await startHost({ dataDir: host.dataDir })
    expect(await linesOf(next, 'web')).toContain('line 1 of run 2')
    await next.send('POST', '/api/processes/web/stop')
    expect((await rest(next, 'web')).state).toBe('Stopped')
  })
})

const diskUse = (file: string) => statSync(file).blocks * 512
