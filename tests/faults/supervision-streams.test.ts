import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startHost } from '../helpers/host'
import { isRunning } from '../helpers/processes'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { waitFor } from '../helpers/wait-for'
import { countLines } from './kill-round'
import { codeOf, infoOf, linesOf, rest, run, shell } from './playground'

const NUMBERED = join(import.meta.dirname, '../fixtures/numbered.mjs')

/** More than a second's worth of writing, and six at the rate that the brake allows. */
const FLOOD_LINES = 100_000

describe('stdin that stays open', () => {
  it('takes input of two hosts, and does not end with the first', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    await using first = await startHost({ dataDir })
    const script = 'while read -r line; do echo "got $line"; done; echo "end of input"'
    const { pid } = await run(first, shell('reader', script, { stdin: 'open' }))
    expect(await first.send('POST', '/api/processes/reader/input', { text: 'one\n' })).toMatchObject({ status: 204 })
    await waitFor('the first line', async () => (await linesOf(first, 'reader')).includes('got one'))
    await first.end('SIGKILL')
    await using second = await startHost({ dataDir })
    expect(isRunning(pid)).toBe(true)
    expect(await second.send('POST', '/api/processes/reader/input', { text: 'two\nthree\n' })).toMatchObject({ status: 204 })
    await waitFor('the other lines', async () => (await linesOf(second, 'reader')).length === 3)
    expect(await linesOf(second, 'reader')).toEqual(['got one', 'got two', 'got three'])
    expect(await infoOf(second, 'reader')).toMatchObject({ state: 'Running', pid })
    expect(await second.send('POST', '/api/processes/reader/stop')).toMatchObject({ status: 200, body: { state: 'Stopped' } })
  })

  it('of a program that reads nothing holds up neither the host nor other calls', async () => {
    await using host = await startHost()
    await run(host, { id: 'deaf', command: 'sleep', args: ['600'], stdin: 'open' })
    const answers = await Promise.all(Array.from({ length: 4 }, () => host.send('POST', '/api/processes/deaf/input', { text: 'x'.repeat(60_000) })))
    for (const { status } of answers) expect([204, 400]).toContain(status)
    expect((await host.send('GET', '/api/health')).status).toBe(200)
    expect(await host.send('POST', '/api/processes/deaf/stop')).toMatchObject({ status: 200, body: { state: 'Stopped' } })
  })

  it('is needed for input', async () => {
    await using host = await startHost()
    await run(host, { id: 'closed', command: 'sleep', args: ['600'] })
    const refused = await host.send('POST', '/api/processes/closed/input', { text: 'x\n' })
    expect([refused.status, codeOf(refused)]).toEqual([400, 'VALIDATION_FAILED'])
  })
})

describe('output through a pipe', () => {
  it.each([0, 1, 2])('survives kill -9 of the host without losing a line or the exit code: round %i', async (round) => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    const count = 20_000
    await using first = await startHost({ dataDir })
    const { pid } = await run(first, { id: 'piped', command: process.execPath, args: [NUMBERED, `${count}`, '10000', '7'], output: 'pipe' })
    await waitFor('a part of the flood', async () => (await linesOf(first, 'piped', `stream=both&lines=${100 + round * 900}`)).length >= 100 + round * 900)
    await first.end('SIGKILL')
    if (round === 2) await waitFor('it ends while no host runs', () => !isRunning(pid))
    await using second = await startHost({ dataDir })
    expect(await rest(second, 'piped', 30_000)).toMatchObject({ state: 'Failed', exit_code: 7, run: 1 })
    const files = ['stdout.log', 'stderr.log'].map(name => readFileSync(join(dataDir, 'processes/piped/runs/1', name), 'utf8'))
    expect(countLines(files.flatMap(text => text.trimEnd().split('\n')), count)).toEqual({ lost: 0, twice: 0 })
  })

  it('keeps what a program writes into a reopened /dev/stdout', async () => {
    await using host = await startHost()
    await run(host, shell('tidy', 'echo one; echo two >/dev/stdout; echo three', { output: 'pipe' }))
    const info = await rest(host, 'tidy')
    expect(await linesOf(host, 'tidy')).toEqual(['one', 'two', 'three'])
    expect(info).not.toHaveProperty('truncated')
  })
})

describe('a program that reopens its standard output', () => {
  it('has cut its own log, which is said, and later lines are intact', async () => {
    await using host = await startHost()
    await run(host, shell('cutter', 'echo a long first line; sleep 0.3; echo x >/dev/stdout; sleep 0.3; echo after; exec sleep 600'))
    await waitFor('the line after it', async () => (await linesOf(host, 'cutter')).at(-1) === 'after')
    expect(await waitFor('it is said', async () => (await infoOf(host, 'cutter')).truncated)).toBe(true)
  })
})

describe('a flood that the brake holds up', () => {
  const flood = (id: string) => ({
    id,
    command: process.execPath,
    args: [NUMBERED, `${FLOOD_LINES}`, '1000000', '5'],
    limits: { log_rate_bytes: 200_000 },
  })

  it('is said, is slowed down, loses nothing, and can be stopped meanwhile', async () => {
    await using host = await startHost()
    await run(host, flood('flood'))
    expect(await waitFor('it is throttled', async () => (await infoOf(host, 'flood')).throttled)).toBe(true)
    expect((await host.send('GET', '/api/health')).status).toBe(200)
    expect(await host.send('POST', '/api/processes/flood/stop')).toMatchObject({ status: 200, body: { state: 'Stopped' } })
    expect(await infoOf(host, 'flood')).not.toHaveProperty('throttled')
  })

  it('goes on under the next host when the first dies while it is held', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    await using first = await startHost({ dataDir })
    const { pid } = await run(first, flood('flood'))
    await waitFor('it is held', async () => (await infoOf(first, 'flood')).throttled && isStopped(pid))
    await first.end('SIGKILL')
    expect(isRunning(pid)).toBe(true)
    await using second = await startHost({ dataDir })
    expect(await rest(second, 'flood', 60_000)).toMatchObject({ state: 'Failed', exit_code: 5, run: 1 })
    const files = ['stdout.log', 'stderr.log'].map(name => readFileSync(join(dataDir, 'processes/flood/runs/1', name), 'utf8'))
    expect(countLines(files.flatMap(text => text.trimEnd().split('\n')), FLOOD_LINES)).toEqual({ lost: 0, twice: 0 })
  })
})

function isStopped(pid: number): boolean {
  try {
    return /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  }
  catch {
    return false // it has gone
  }
}
