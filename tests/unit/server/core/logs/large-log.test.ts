import { mkdir, open, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { LogQuery } from '#shared/schemas/logs'
import { openFixture, textsOf } from './fixture'

const LINES = 1_000_000
const BLOCK = 65_536

/** One million lines of 100 bytes on stdout beside 50 lines on stderr, of a run that is over. */
async function largeLog() {
  const fixture = await openFixture({ retainedBytes: 1024 ** 3 })
  await mkdir(fixture.runDir(1))
  const out = await open(join(fixture.runDir(1), 'stdout.log'), 'w')
  const err = await open(join(fixture.runDir(1), 'stderr.log'), 'w')
  const records: number[] = []
  let stderr = 0
  for (let from = 0; from < LINES; from += 10_000) {
    await out.write(Array.from({ length: 10_000 }, (_, at) => `${String(from + at).padEnd(99, '.')}\n`).join(''))
    if (from % 20_000 === 0) stderr += (await err.write(`error ${from}\n`)).bytesWritten
    records.push(1_700_000_000_000 + from / 100, (from + 10_000) * 100, stderr)
  }
  await Promise.all([out.close(), err.close()])
  await writeFile(join(fixture.runDir(1), 'checkpoints'), new Float64Array(records))
  await fixture.logs.load([{ run: 1, dir: fixture.runDir(1), endedAt: new Date(1_700_000_020_000) }])
  return fixture
}

/** Counts what is asked of the disk while `work` runs. */
async function bytesRead(path: string, work: () => Promise<unknown>): Promise<number> {
  const handle = await open(path, 'r')
  const read = vi.spyOn(Object.getPrototypeOf(handle), 'read')
  await handle.close()
  await work()
  return read.mock.calls.reduce((sum, [, , length]) => sum + Number(length), 0)
}

describe('a log of a million lines', () => {
  afterEach(() => void vi.restoreAllMocks())

  it('is read by its ends and around a cursor without being read as a whole', async () => {
    await using fixture = await largeLog()
    const path = join(fixture.runDir(1), 'stdout.log')
    const middle = (await fixture.page({ stream: 'stdout', lines: 10_000 })).lines[0]?.cursor ?? ''
    const cases: [string, Partial<LogQuery>, number][] = [
      ['tail 100', { lines: 100 }, 6],
      ['tail 100 of stdout', { lines: 100, stream: 'stdout' }, 4],
      ['tail 100 of the silent stderr', { lines: 100, stream: 'stderr' }, 4],
      ['since far back, 100', { lines: 100, since: middle }, 8],
      ['before far back, 100', { lines: 100, before: middle }, 8],
      ['tail 10,000', { lines: 10_000 }, 24],
    ]
    for (const [name, query, blocks] of cases) {
      expect(await bytesRead(path, () => fixture.page(query)), name).toBeLessThan(blocks * BLOCK)
      vi.restoreAllMocks()
    }
    const errors = await fixture.page({ stream: 'stderr', lines: 100 })
    expect(textsOf(errors)).toEqual(Array.from({ length: 50 }, (_, at) => `error ${at * 20_000}`))
    expect(textsOf(await fixture.page({ since: errors.lines[25]?.cursor, lines: 1 }))[0]).toMatch(/^510000\./)
  }, 60_000)

  it('is paged through from its start with every line once', async () => {
    await using fixture = await largeLog()
    let { next } = await fixture.page({ before: (await fixture.page({ lines: 1 })).first_cursor })
    let count = 0
    for (let more = true; more;) {
      const page = await fixture.page({ since: next, lines: 10_000 })
      for (const { text, stream } of page.lines) {
        if (stream === 'stdout' && Number.parseInt(text) !== count++) throw new Error(`line ${count - 1} is ${text}`)
      }
      more = page.lines.length > 0
      next = page.next
    }
    expect(count).toBe(LINES)
  }, 60_000)

  it('is answered in pieces of bounded size when its lines are long', async () => {
    await using fixture = await openFixture({ retainedBytes: 1024 ** 3 })
    await using run = await fixture.begin(1)
    for (let line = 0; line < 400; line++) await run.stdout.write(`${line} ${'x'.repeat(100_000)}\n`)
    const tail = await fixture.page({ lines: 10_000 })
    expect(tail.lines.length).toBeLessThan(260)
    expect(tail.lines.at(-1)?.text).toMatch(/^399 /)
    const start = await fixture.page({ before: tail.first_cursor })
    const first = await fixture.page({ since: start.next, lines: 10_000 })
    const rest = await fixture.page({ since: first.next, lines: 10_000 })
    expect(Number.parseInt(rest.lines[0]?.text ?? '')).toBe(first.lines.length)
  }, 60_000)

  it('whose file was cut to nothing is empty', async () => {
    await using fixture = await largeLog()
    await truncate(join(fixture.runDir(1), 'stdout.log'), 0)
    expect((await fixture.page({ stream: 'stdout' })).lines).toEqual([])
  }, 60_000)
})
