import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { open, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LogPage } from '#shared/schemas/logs'
import { openFixture, temporaryDir, textsOf } from './fixture'
import { until } from '../../../../helpers/until'

const MIB = 1024 * 1024
const LIMIT = 2 * MIB

/** Whether this file system can punch is a fact of the machine; the tests of punching need one that can. */
async function canPunch(): Promise<boolean> {
  await using dir = await temporaryDir()
  await writeFile(join(dir.path, 'probe'), Buffer.alloc(4096, 1))
  try {
    execFileSync('fallocate', ['--punch-hole', '--offset', '0', '--length', '4096', join(dir.path, 'probe')], { stdio: 'ignore' })
    return true
  }
  catch {
    return false
  }
}

/** Numbered lines of differing length, `count` of them from `from` on. */
function numbered(from: number, count: number): string {
  return Array.from({ length: count }, (_, at) => `${from + at} ${createHash('md5').update(String(from + at)).digest('hex').repeat(1 + (from + at) % 4)}\n`).join('')
}
const numberOf = (text: string | undefined) => Number(text?.split(' ')[0])

describe.runIf(await canPunch())('retention by punching', () => {
  it('frees the head of a living log, counts exactly what went, and keeps offsets', async () => {
    await using fixture = await openFixture({ retainedBytes: LIMIT })
    await using run = await fixture.begin(1)
    const path = join(fixture.runDir(1), 'stdout.log')
    const early: LogPage[] = []
    await run.stdout.write(numbered(0, 3000))
    early.push(await fixture.page({ lines: 1, before: (await fixture.page({ lines: 1000 })).lines[0]?.cursor }))
    early.push(await fixture.page({ lines: 1 }))
    await run.stdout.write(numbered(3000, 60_000))
    await until(async () => (await fixture.page({ lines: 1 })) && await sizeOf(path) < LIMIT * 1.3)
    const kept = await stat(path)
    expect(kept.size).toBeGreaterThan(4 * MIB)

    const page = await fixture.page({ since: early[0]?.next, lines: 10_000 })
    const firstKept = numberOf(page.lines[0]?.text)
    expect(firstKept).toBeGreaterThan(3000)
    for (const { next, lines } of early) {
      const after = await fixture.page({ since: next, lines: 10 })
      expect(numberOf(after.lines[0]?.text)).toBe(firstKept)
      expect(after.dropped).toBe(firstKept - numberOf(lines.at(-1)?.text) - 1)
      expect((await fixture.page({ since: after.next, lines: 10 })).dropped).toBe(0)
    }
    expect(page.first_cursor).toBe(page.lines[0]?.cursor)
    expect(numberOf((await fixture.page({ lines: 1 })).lines[0]?.text)).toBe(62_999)
    expect(await fixture.texts({ before: page.first_cursor })).toEqual([])
  })

  it('remembers what went when the next host comes', async () => {
    await using fixture = await openFixture({ retainedBytes: LIMIT })
    await using run = await fixture.begin(1)
    await run.stdout.write(numbered(0, 100))
    const { next } = await fixture.page()
    await run.stdout.write(numbered(100, 60_000))
    const path = join(fixture.runDir(1), 'stdout.log')
    await until(async () => (await fixture.page({ since: next, lines: 1 })).dropped > 0 && await sizeOf(path) < LIMIT * 1.3)
    const before = await fixture.page({ since: next, lines: 10 })
    await fixture.reopen([{ run: 1 }])
    expect(await fixture.page({ since: next, lines: 10 })).toEqual(before)
  })

  it('puts on record what will go before it goes', async () => {
    const atPunch: { first: number, bytes: number }[] = []
    await using fixture = await openFixture({
      retainedBytes: LIMIT,
      punch: async (path, bytes) => {
        if (!path.endsWith('.log')) return
        atPunch.push({ first: JSON.parse(await readFile(join(path, '..', 'log.json'), 'utf8')).stdout.first, bytes })
      },
    })
    await using run = await fixture.begin(1)
    await run.stdout.write(numbered(0, 60_000))
    await until(() => atPunch.length > 0)
    for (const { first, bytes } of atPunch) {
      expect(bytes).toBeGreaterThan(0)
      expect(bytes % 65_536).toBe(0)
      expect(first - bytes).toBeGreaterThanOrEqual(0)
      expect(first - bytes).toBeLessThan(65_536)
    }
  })

  it('gives no NULs and no gaps to a reader who is overtaken', async () => {
    await using fixture = await openFixture({ retainedBytes: LIMIT })
    await using run = await fixture.begin(1)
    await run.stdout.write(numbered(0, 10))
    let { next } = await fixture.page({ lines: 1 })
    let seen = 9
    const read = async () => {
      const page = await fixture.page({ since: next, lines: 500 })
      next = page.next
      for (const [at, text] of textsOf(page).entries()) {
        expect(numberOf(text)).toBe(seen + 1 + (at === 0 ? page.dropped : 0))
        expect(`${text}\n`).toBe(numbered(numberOf(text), 1))
        seen = numberOf(text)
      }
      return page.lines.length
    }
    for (let from = 10; from < 120_000; from += 4000) {
      await run.stdout.write(numbered(from, 4000))
      await read()
    }
    while (await read() > 0);
    expect(seen).toBe(120_009)
  })

  it('drops the oldest runs first and counts their lines', async () => {
    await using fixture = await openFixture({ retainedBytes: LIMIT })
    const starts: string[] = []
    for (let run = 1; run <= 4; run++) {
      await using handles = await fixture.begin(run)
      await handles.stderr.write(`run ${run}\n`)
      await handles.stdout.write(`${numbered(0, 12_000)}cut`)
      await fixture.logs.end(run, new Date())
      starts.push((await fixture.page({ run, lines: 1, before: (await fixture.page({ run, lines: 10_000 })).first_cursor })).next)
    }
    await until(async () => await sizeOf(join(fixture.runDir(1), 'stdout.log')) === 0)
    await until(async () => (await fixture.page({ stream: 'stdout', since: starts[0], lines: 1 })).dropped > 12_000)
    const page = await fixture.page({ stream: 'stdout', since: starts[0], lines: 1 })
    const [line] = page.lines
    expect(line?.run).toBeGreaterThan(1)
    expect(page.dropped).toBe(12_001 * ((line?.run ?? 0) - 1) + numberOf(line?.text))
    expect(await fixture.texts({ stream: 'stderr' })).toEqual(['run 1', 'run 2', 'run 3', 'run 4'])
    expect(await fixture.texts({ stream: 'stdout', run: 1 })).toEqual([])
  })

  it('cuts the head off a line that is longer than what is kept', async () => {
    await using fixture = await openFixture({ retainedBytes: LIMIT })
    await using run = await fixture.begin(1)
    await run.stdout.write('first\n')
    const { next } = await fixture.page()
    await run.stdout.write('x'.repeat(6 * MIB))
    await until(async () => (await fixture.page({ since: next })).dropped === 0 && await sizeOf(join(fixture.runDir(1), 'stdout.log')) < LIMIT * 1.3)
    await run.stdout.write('\nlast\n')
    const page = await fixture.page({ since: next })
    expect(textsOf(page).map(text => text.slice(0, 10))).toEqual(['xxxxxxxxxx', 'last'])
    expect(page.dropped).toBe(0)
  })
})

describe('retention where punching fails', () => {
  it('keeps the log of a living run whole and says so once', async () => {
    await using fixture = await openFixture({ retainedBytes: LIMIT, punch: () => Promise.reject(new Error('not supported')) })
    await using run = await fixture.begin(1)
    await run.stdout.write(numbered(0, 100))
    const { next } = await fixture.page()
    for (let step = 0; step < 3; step++) {
      await run.stdout.write(numbered(100 + step * 20_000, 20_000))
      await fixture.page()
    }
    await until(() => fixture.messages.some(line => line.includes('fallocate failed')))
    await run.stdout.write(numbered(60_100, 20_000))
    const page = await fixture.page({ since: next, lines: 1 })
    expect([page.dropped, numberOf(page.lines[0]?.text)]).toEqual([0, 100])
    expect(fixture.messages.filter(line => line.includes('fallocate failed'))).toHaveLength(1)
  })
})

/** What a file takes on the disk; a missing one takes nothing. */
async function sizeOf(path: string): Promise<number> {
  try {
    const handle = await open(path, 'r')
    return await handle.stat().then(({ blocks }) => blocks * 512).finally(() => handle.close())
  }
  catch {
    return 0
  }
}
