import { appendFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { openFixture, textsOf } from './fixture'
import { until } from '../../../../helpers/until'

describe('ProcessLog', () => {
  it('creates both files for the owner alone', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('x\n')
    for (const name of ['stdout.log', 'stderr.log']) {
      expect((await stat(join(fixture.runDir(1), name))).mode & 0o777).toBe(0o600)
    }
  })

  it('gives an empty page and a place to go on from before the first run', async () => {
    await using fixture = await openFixture()
    const page = await fixture.page()
    expect(page).toEqual({ lines: [], next: page.next, dropped: 0, first_cursor: page.next })
    await using run = await fixture.begin(1)
    await run.stdout.write('first\n')
    expect(await fixture.texts({ since: page.next })).toEqual(['first'])
  })

  it('orders the streams by the looks between the writes', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stderr.write('e1\n')
    await fixture.page()
    await run.stdout.write('o1\no2\n')
    await run.stderr.write('e2\n')
    await fixture.page()
    await run.stdout.write('o3\n')
    expect(await fixture.texts()).toEqual(['e1', 'o1', 'o2', 'e2', 'o3'])
    expect(await fixture.texts({ stream: 'stderr' })).toEqual(['e1', 'e2'])
  })

  it('counts lines over both streams and gives the newest, oldest first', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('a\nb\nc\n')
    await run.stderr.write('d\n')
    expect(await fixture.texts({ lines: 2 })).toEqual(['c', 'd'])
  })

  it('excludes the line a cursor names, in both directions and for any stream', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('o1\n')
    await run.stderr.write('e1\n')
    await fixture.page()
    await run.stdout.write('o2\n')
    await run.stderr.write('e2\n')
    const cursor = (await fixture.page()).lines[2]?.cursor
    expect(await fixture.texts({ since: cursor })).toEqual(['e2'])
    expect(await fixture.texts({ before: cursor })).toEqual(['o1', 'e1'])
    expect(await fixture.texts({ before: cursor, stream: 'stderr' })).toEqual(['e1'])
    expect(await fixture.texts({ since: cursor, stream: 'stdout' })).toEqual([])
  })

  it('gives the last lines before `before` when both ends are named', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('1\n2\n3\n4\n5\n')
    const { lines } = await fixture.page()
    const between = { since: lines[0]?.cursor, before: lines[4]?.cursor }
    expect(await fixture.texts({ ...between, lines: 2 })).toEqual(['3', '4'])
    expect(await fixture.texts(between)).toEqual(['2', '3', '4'])
  })

  it('reads from the very start after the empty page before the first cursor', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('1\n2\n')
    const { first_cursor, lines } = await fixture.page()
    expect(first_cursor).toBe(lines[0]?.cursor)
    const start = await fixture.page({ before: first_cursor })
    expect(start.lines).toEqual([])
    expect(await fixture.texts({ since: start.next })).toEqual(['1', '2'])
  })

  it('shows an unterminated line as partial and passes it when its newline has come', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('done\nPassword: ')
    const page = await fixture.page()
    expect(textsOf(page)).toEqual(['done', 'Password: '])
    expect(page.partial).toBe(true)
    expect(await fixture.texts({ since: page.next })).toEqual(['Password: '])
    await run.stdout.write('***\n')
    const rest = await fixture.page({ since: page.next })
    expect(textsOf(rest)).toEqual(['Password: ***'])
    expect(rest.partial).toBeUndefined()
  })

  it('keeps the place of an unterminated line when nothing else is asked for', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('done\n50 %')
    const page = await fixture.page({ lines: 1 })
    expect(textsOf(page)).toEqual(['50 %'])
    await run.stdout.write(' 100 %\n')
    expect(await fixture.texts({ since: page.next })).toEqual(['50 % 100 %'])
  })

  it('shows of two unterminated lines the one that grew last', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stderr.write('err')
    await fixture.page()
    await run.stdout.write('out')
    expect(await fixture.texts()).toEqual(['out'])
    await run.stderr.write('or')
    expect(await fixture.texts()).toEqual(['error'])
  })

  it('gives an unterminated line as complete once the run has ended, also after an earlier position beyond it', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('cut')
    await run.stderr.write('e1\n')
    const seen = await fixture.page({ stream: 'stderr' })
    await fixture.logs.end(1, new Date())
    const rest = await fixture.page({ since: seen.next })
    expect(textsOf(rest)).toEqual(['cut'])
    expect(rest.partial).toBeUndefined()
    expect(await fixture.texts({ since: rest.next })).toEqual([])
    expect(await fixture.texts({ before: rest.next })).toEqual(['e1'])
  })

  it('goes on from one run to the next and can be kept to one of them', async () => {
    await using fixture = await openFixture()
    await using one = await fixture.begin(1)
    await one.stdout.write('1a\n1b')
    await fixture.logs.end(1, new Date())
    const seen = await fixture.page({ lines: 1 })
    await using two = await fixture.begin(2)
    await two.stderr.write('2a\n')
    expect(await fixture.texts({ since: seen.next })).toEqual(['2a'])
    expect(await fixture.texts()).toEqual(['1a', '1b', '2a'])
    expect(await fixture.texts({ run: 1 })).toEqual(['1a', '1b'])
    expect(await fixture.texts({ lines: 2 })).toEqual(['1b', '2a'])
    await expect(fixture.page({ run: 3 })).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' })
  })

  it('refuses cursors of another incarnation, of no form and beyond the end', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('a\n')
    const { next } = await fixture.page()
    for (const since of [next.replace('k3', 'k4'), 'nonsense', '', next.replace('.1.', '.2.'), next.replace('.1.0.', '.1.1.'), 'k3.1.0.zz.0']) {
      await expect(fixture.page({ since })).rejects.toMatchObject({ code: 'VALIDATION_FAILED', details: [{ field: 'since' }] })
      await expect(fixture.page({ before: since })).rejects.toMatchObject({ code: 'VALIDATION_FAILED', details: [{ field: 'before' }] })
    }
  })

  it('reads what was written while no host ran and gives it a time up to the end of the run', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('seen\n')
    const seen = await fixture.page()
    await fixture.logs.close()
    await run.stdout.write('unseen\n')
    const endedAt = new Date(Date.now() + 5)
    await until(() => Date.now() > endedAt.getTime() + 5)
    await fixture.reopen([{ run: 1, endedAt }])
    const page = await fixture.page({ since: seen.next })
    expect(page.lines).toMatchObject([{ text: 'unseen', at: endedAt.toISOString() }])
    expect((await fixture.page()).lines.map(({ at }) => at)).toEqual([seen.lines[0]?.at, endedAt.toISOString()])
  })

  it('watches a run on that is alive when the next host comes', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('one\n')
    const { next } = await fixture.page()
    await fixture.reopen([{ run: 1 }])
    const grown = vi.fn()
    fixture.logs.onGrowth(grown)
    await run.stdout.write('two\n')
    await until(() => grown.mock.calls.length > 0)
    expect(await fixture.texts({ since: next })).toEqual(['two'])
  })

  it('leaves out what is written after the end of a run, now and for the next host', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('in\n')
    const endedAt = new Date()
    await fixture.logs.end(1, endedAt)
    await run.stdout.write('late\n')
    expect(await fixture.texts()).toEqual(['in'])
    await fixture.reopen([{ run: 1, endedAt }])
    expect(await fixture.texts()).toEqual(['in'])
  })

  it('never lets times run backwards in a page, whatever the clock does', async () => {
    await using fixture = await openFixture()
    await using one = await fixture.begin(1)
    await one.stdout.write('a\n')
    await fixture.page()
    await fixture.logs.end(1, new Date(Date.now() - 60_000))
    await one.stdout.write('unseen\n')
    await using two = await fixture.begin(2)
    await two.stdout.write('b\n')
    const times = (await fixture.page()).lines.map(({ at }) => at)
    expect(times).toHaveLength(2)
    expect([...times].sort()).toEqual(times)
  })

  it('is empty, not broken, when somebody removes a file', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('a\n')
    await run.stderr.write('b\n')
    const { next } = await fixture.page()
    await rm(join(fixture.runDir(1), 'stdout.log'))
    expect(await fixture.texts()).toEqual(['b'])
    expect(await fixture.texts({ since: next })).toEqual([])
    await fixture.logs.end(1, new Date())
    await rm(fixture.runDir(1), { recursive: true })
    expect(await fixture.texts()).toEqual([])
    await fixture.reopen([{ run: 1, endedAt: new Date() }])
    expect(await fixture.texts()).toEqual([])
  })

  it('survives a torn record at the end of the checkpoints', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stderr.write('e1\n')
    await fixture.page()
    await run.stdout.write('o1\n')
    await fixture.page()
    await fixture.logs.close()
    await appendFile(join(fixture.runDir(1), 'checkpoints'), Buffer.alloc(13, 7))
    await run.stderr.write('e2\n')
    await fixture.reopen([{ run: 1 }])
    await run.stdout.write('o2\n')
    await fixture.page()
    await fixture.reopen([{ run: 1 }])
    expect(await fixture.texts()).toEqual(['e1', 'o1', 'e2', 'o2'])
  })

  it('removes its files, ends its watching and is empty afterwards', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('a\n')
    await fixture.page()
    await fixture.logs.remove()
    expect(fixture.logs.closed.aborted).toBe(true)
    await expect(stat(join(fixture.runDir(1), 'stdout.log'))).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await fixture.texts()).toEqual([])
    expect(fixture.ticker.counts).toEqual({ active: 0, idle: 0 })
  })

  it('keeps nasty bytes where they are', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write(Buffer.from([0x61, 0x00, 0x0D, 0x62, 0x0D, 0x0A, 0xFF, 0xC3, 0x28, 0x0A]))
    await run.stdout.write('später ✓\n\n\x1B[31mred\n')
    expect(await fixture.texts()).toEqual(['a\0\rb', '\uFFFD\uFFFD(', 'später ✓', '', '\x1B[31mred'])
  })

  it('cuts a line of 20 MB in the answer and reads on after it', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    const size = 20 * 1024 * 1024
    await run.stdout.write('before\n')
    await run.stdout.write(`${'x'.repeat(size)}\nafter\n`)
    const page = await fixture.page()
    expect(textsOf(page)).toEqual(['before', `${'x'.repeat(65_536)} … [${size - 65_536} bytes left out]`, 'after'])
    expect(await fixture.texts({ before: page.next })).toEqual(textsOf(page).slice(0, 2))
    expect(await fixture.texts({ since: page.first_cursor })).toEqual(textsOf(page).slice(1))
  })
})
