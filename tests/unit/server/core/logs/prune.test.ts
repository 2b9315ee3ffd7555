import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { STREAMS } from '#shared/schemas/logs'
import { START, type Mark } from '../../../../../server/core/logs/cursor'
import { PrunedRuns } from '../../../../../server/core/logs/pruned-runs'
import { openFixture, readOn, temporaryDir } from './fixture'
import { until } from '../../../../helpers/until'

type Fixture = Awaited<ReturnType<typeof openFixture>>

/** Lays down ended runs `from` to `to` as an earlier host has left them, with `count` lines each, and loads them. */
async function withRuns(fixture: Fixture, to: number, textOf: (run: number) => { stdout?: string, stderr?: string }) {
  for (let run = 1; run <= to; run++) {
    const { stdout = '', stderr = '' } = textOf(run)
    await mkdir(join(fixture.runDir(run), 'ctl'), { recursive: true })
    await writeFile(join(fixture.runDir(run), 'ctl', 'exit'), '0\n')
    await writeFile(join(fixture.runDir(run), 'stdout.log'), stdout)
    await writeFile(join(fixture.runDir(run), 'stderr.log'), stderr)
  }
  await fixture.reopen(Array.from({ length: to }, (_, at) => ({ run: at + 1, endedAt: new Date(1_700_000_000_000 + at) })))
}

const numbered = (run: number, count: number) => Array.from({ length: count }, (_, at) => `${run}:${at}\n`).join('')
const runsOnDisk = async ({ dir }: Fixture) => (await readdir(dir)).filter(name => /^\d+$/.test(name)).map(Number).sort((a, b) => a - b)
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at)

describe('pruning', () => {
  it('removes the runs before the newest 100 whose lines nobody needs, with their directories', async () => {
    await using fixture = await openFixture()
    await withRuns(fixture, 120, run => ({ stdout: numbered(run, 200) }))
    expect(await fixture.logs.prune()).toEqual(range(1, 20))
    expect(await runsOnDisk(fixture)).toEqual(range(21, 120))
    expect(await fixture.logs.prune()).toEqual([])
  })

  it('keeps what the newest 10,000 lines of a stream are in', async () => {
    await using fixture = await openFixture()
    await withRuns(fixture, 130, run => ({ stdout: numbered(run, 90), stderr: run === 15 ? 'rare\n' : '' }))
    // 112 runs of 90 lines hold the newest 10,000; the only line of stderr is older than those.
    expect(await fixture.logs.prune()).toEqual(range(1, 14))
    expect((await fixture.page({ stream: 'stderr' })).lines).toMatchObject([{ text: 'rare', run: 15 }])
  })

  it('keeps at most 1000 runs', async () => {
    await using fixture = await openFixture()
    await withRuns(fixture, 1003, run => ({ stdout: `${run}\n` }))
    expect(await fixture.logs.prune()).toEqual([1, 2, 3])
    expect(await runsOnDisk(fixture)).toEqual(range(4, 1003))
  }, 60_000)

  it('counts the lines that went for cursors given before, also for the next host', async () => {
    await using fixture = await openFixture()
    await withRuns(fixture, 110, run => ({ stdout: numbered(run, 150), stderr: `${numbered(run, 149)}cut` }))
    const before = (await fixture.page({ before: (await fixture.page({ run: 1 })).first_cursor })).next
    const start = await fixture.page({ before: (await fixture.page({ run: 1, lines: 10_000 })).first_cursor })
    const inside = await fixture.page({ run: 1, since: start.next, lines: 50 })
    const third = (await fixture.page({ run: 3, lines: 10_000 })).next
    expect(await fixture.logs.prune()).toEqual(range(1, 10))
    const check = async () => {
      const page = async (since: string, stream: 'stdout' | 'stderr' | 'both' = 'both') => {
        const { dropped, lines } = await fixture.page({ since, stream, lines: 1 })
        return [dropped, lines[0]?.text]
      }
      expect(await page(start.next)).toEqual([3000, '11:0'])
      expect(await page(inside.next)).toEqual([2950, '11:0'])
      expect(await page(inside.next, 'stdout')).toEqual([1450, '11:0'])
      expect(await page(inside.next, 'stderr')).toEqual([1500, '11:0'])
      expect(await page(third)).toEqual([7 * 300, '11:0'])
      expect(await page(before)).toEqual([3000, '11:0'])
      expect((await fixture.page({ since: start.next, before: inside.next })).dropped).toBe(50)
      expect((await fixture.page({ before: third })).lines).toEqual([])
      await expect(fixture.page({ run: 3 })).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' })
      const all = await readOn(fixture, inside.next, 10_000)
      expect(all.dropped).toBe(2950)
      expect(all.texts).toHaveLength(100 * 300)
    }
    await check()
    await fixture.reopen(range(11, 110).map(run => ({ run, endedAt: new Date() })))
    await check()
  })

  it('finishes what a host has begun that died meanwhile', async () => {
    await using fixture = await openFixture()
    await withRuns(fixture, 110, run => ({ stdout: numbered(run, 150) }))
    await fixture.logs.prune()
    await mkdir(join(fixture.runDir(7), 'ctl'), { recursive: true })
    await writeFile(join(fixture.runDir(7), 'stdout.log'), 'left behind\n')
    await fixture.reopen(range(7, 110).filter(run => run === 7 || run > 10).map(run => ({ run, endedAt: new Date() })))
    expect(await runsOnDisk(fixture)).toEqual(range(11, 110))
    expect((await fixture.page({ lines: 10_000 })).lines.some(({ text }) => text === 'left behind')).toBe(false)
  })

  it('removes its record with the log', async () => {
    await using fixture = await openFixture()
    await withRuns(fixture, 110, run => ({ stdout: numbered(run, 150) }))
    await fixture.logs.prune()
    const path = join(fixture.dir, 'pruned.json')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await fixture.logs.remove()
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('PrunedRuns', () => {
  it('stays small however many runs have gone', async () => {
    await using dir = await temporaryDir()
    const path = join(dir.path, 'pruned.json')
    const pruned = new PrunedRuns(path)
    const totals = (run: number) => ({ run, sizes: { stdout: 200_000, stderr: 0 }, lines: { stdout: 4, stderr: 0 } })
    await pruned.add(range(1, 700).map(totals))
    await pruned.add(range(701, 1300).map(totals))
    const next = new PrunedRuns(path)
    await next.load()
    expect(next.upTo).toBe(1300)
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ earlier: { stdout: 1200, stderr: 0 } })
    const after = (run: number, mark: Mark) => next.linesAfter({ run, generation: 0, stdout: mark, stderr: START, own: undefined }, STREAMS)
    expect([after(0, START), after(1300, START), after(1301, START), after(700, START)]).toEqual([5200, 4, 0, 2404])
    expect(after(1300, { offset: 100, lines: 3 })).toBe(1)
    expect(after(1300, { offset: 100_000, lines: undefined })).toBe(2)
  })
})

describe('the limit of a log', () => {
  it('can be changed while the process runs, and what is beyond it goes at once', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write(numbered(1, 100_000))
    const { next } = await fixture.page({ before: (await fixture.page({ lines: 1 })).first_cursor })
    expect((await fixture.page({ since: next, lines: 1 })).dropped).toBe(0)
    await run.stdout.close()
    await fixture.logs.end(1, new Date())
    fixture.logs.retainedBytes = 256 * 1024
    await using two = await fixture.begin(2)
    await two.stdout.write(`${'x'.repeat(400_000)}\nlast\n`)
    await fixture.page()
    await fixture.logs.end(2, new Date())
    await fixture.logs.prune()
    expect(await fixture.texts({ lines: 1 })).toEqual(['last'])
    await until(async () => (await fixture.page({ since: next, lines: 1 })).dropped >= 100_000)
  })
})
