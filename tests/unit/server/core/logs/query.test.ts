import { describe, expect, it } from 'vitest'
import { LogSearcher } from '../../../../../server/core/logs/searcher'
import { until } from '../../../../helpers/until'
import { openFixture, textsOf } from './fixture'

/** Seven lines in one run. */
async function sevenLines() {
  const fixture = await openFixture()
  const run = await fixture.begin(1)
  await run.stdout.write('a1\nb\na2\nb\nb\nb\na3\n')
  return { fixture, run, async [Symbol.asyncDispose]() {
    await run[Symbol.asyncDispose]()
    await fixture[Symbol.asyncDispose]()
  } }
}

describe('a query with a filter', () => {
  it('goes on where a search stopped that found nothing, without reading it again', async () => {
    await using it = await sevenLines()
    const page = await it.fixture.page({ grep: 'nowhere', since: (await it.fixture.page()).lines[0]?.cursor })
    expect(page.lines).toEqual([])
    expect(page.next).toBe((await it.fixture.page({ grep: 'nowhere' })).next)
    expect(textsOf(await it.fixture.page({ since: page.next }))).toEqual([])
    await it.run.stdout.write('nowhere\n')
    expect(textsOf(await it.fixture.page({ grep: 'nowhere', since: page.next }))).toEqual(['nowhere'])
  })

  it('goes on after its last match when the page was full', async () => {
    await using it = await sevenLines()
    const { first_cursor: before } = await it.fixture.page()
    const start = await it.fixture.page({ before })
    const page = await it.fixture.page({ grep: 'a', lines: 2, since: start.next })
    expect(page.next).toBe(page.lines[1]?.cursor)
    expect(textsOf(await it.fixture.page({ grep: 'a', since: page.next }))).toEqual(['a3'])
  })

  it('shows no line twice where contexts overlap, and no match of another page as context', async () => {
    await using it = await sevenLines()
    const page = await it.fixture.page({ grep: 'a', context: 2 })
    expect(page.lines.map(({ text, context }) => context ? `(${text})` : text)).toEqual(['a1', '(b)', 'a2', '(b)', '(b)', '(b)', 'a3'])
    expect(textsOf(await it.fixture.page({ grep: 'a', context: 50, lines: 1 }))).toEqual(['b', 'b', 'b', 'a3'])
  })

  it('has an unterminated line only when it is wanted', async () => {
    await using it = await sevenLines()
    await it.run.stdout.write('a4 …')
    expect(await it.fixture.page({ grep: 'b' })).not.toHaveProperty('partial')
    const page = await it.fixture.page({ grep: 'a', lines: 2 })
    expect(textsOf(page)).toEqual(['a3', 'a4 …'])
    expect(page.partial).toBe(true)
    await it.run.stdout.write(' done\n')
    expect(await it.fixture.texts({ grep: 'a', since: page.next })).toEqual(['a4 … done'])
  })

  it('counts what retention took as a query for every line does', async () => {
    await using fixture = await openFixture({ retainedBytes: 1024 * 1024 })
    await using run = await fixture.begin(1)
    await run.stdout.write('first\n')
    await run.stderr.write('first\n')
    const { next: since } = await fixture.page()
    for (let part = 0; part < 3; part++) await run.stdout.write(`${'x'.repeat(98)}${part}\n`.repeat(10_000))
    await until(async () => (await fixture.page({ since, lines: 1 })).dropped > 0)
    const { dropped } = await fixture.page({ since })
    for (const query of [{ grep: '2$' }, { grep: 'first' }, { level: 'error' as const }]) {
      const page = await fixture.page({ ...query, since, lines: 10 })
      expect(page.dropped).toBe(dropped)
      expect((await fixture.page({ ...query, since: page.next, lines: 10 })).dropped).toBe(0)
    }
    const around = await fixture.page({ grep: '2$', around: since, lines: 4 })
    expect(around.lines).toHaveLength(2)
    expect(around.dropped).toBe(dropped)
  })

  it('refuses a pattern that takes too long over all of the log, and serves others meanwhile', async () => {
    await using searcher = new LogSearcher({ limitMs: 300 })
    await using fixture = await openFixture({ searcher })
    await using run = await fixture.begin(1)
    await run.stdout.write(`${'a'.repeat(60)}!\nb\n`)
    const [slow, quick] = await Promise.allSettled([fixture.page({ grep: '^(a+)+$' }), fixture.page({ grep: 'b' })])
    expect(slow).toMatchObject({ reason: { code: 'VALIDATION_FAILED', details: [{ field: 'grep' }] } })
    expect(quick).toMatchObject({ value: { lines: [{ text: 'b' }] } })
    await expect(fixture.page({ grep: '(' })).rejects.toMatchObject({ code: 'VALIDATION_FAILED', details: [{ field: 'grep' }] })
  })
})
