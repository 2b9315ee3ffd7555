import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { STREAMS, type LogLine, type MergedLogLine, type MergedLogPage } from '#shared/schemas/logs'
import { readMerged } from '../../../../../server/core/logs/merged-page'
import type { PageQuery } from '../../../../../server/core/logs/process-logs'
import { until } from '../../../../helpers/until'
import { openFixture } from './fixture'

const IDS = ['api', 'db', 'web']

/** Several logs, each of a process of its own. */
async function openLogs(ids: readonly string[]) {
  const stack = new AsyncDisposableStack()
  const logs = await Promise.all(ids.map(async (id, at) => {
    const fixture = stack.use(await openFixture({ tickMs: 1_000_000, incarnation: `k${at}` }))
    return { id, fixture, run: stack.use(await fixture.begin(1)) }
  }))
  const named = (chosen: readonly string[]) => {
    return logs.filter(({ id }) => chosen.includes(id)).map(({ id, fixture }) => ({ id, logs: fixture.logs }))
  }
  return {
    of: (id: string) => logs.find(log => log.id === id) ?? expect.fail(id),
    page: (query: Partial<PageQuery> = {}, chosen = ids) => readMerged(named(chosen), { stream: 'both', lines: 100, ...query }),
    async write(id: string, text: string, stream: 'stdout' | 'stderr' = 'stdout') {
      await this.of(id).run[stream].write(text)
    },
    /** Has all logs looked at, and waits until the clock shows another time. */
    async look() {
      for (const { fixture } of logs) await fixture.page({ lines: 1 })
      const now = Date.now()
      await until(() => Date.now() > now)
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

const shown = ({ lines }: MergedLogPage) => lines.map(({ id, text }) => `${id} ${text}`)

/** Three logs with a line each, one after the other in time. */
async function threeLogs() {
  const logs = await openLogs(IDS)
  for (const [id, text] of [['web', '1'], ['api', '2'], ['db', '3'], ['web', '4'], ['api', '5'], ['db', '6']] as const) {
    await logs.write(id, `${text}\n`)
    await logs.look()
  }
  return logs
}

describe('readMerged', () => {
  it('merges by time, counts lines over all and names the process of each', async () => {
    await using logs = await threeLogs()
    expect(shown(await logs.page())).toEqual(['web 1', 'api 2', 'db 3', 'web 4', 'api 5', 'db 6'])
    expect(shown(await logs.page({ lines: 2 }))).toEqual(['api 5', 'db 6'])
  })

  it('puts lower ids first within the same time, in whatever order they were asked for', async () => {
    await using logs = await openLogs(['b', 'a'])
    await logs.write('b', 'x\n')
    await logs.write('a', 'y\n')
    await logs.look()
    const page = await logs.page()
    const isTied = new Set(page.lines.map(({ at }) => at)).size === 1
    expect(shown(page)).toEqual(isTied ? ['a y', 'b x'] : ['b x', 'a y'])
  })

  it('goes on by its joined cursor in every log', async () => {
    await using logs = await threeLogs()
    const first = await logs.page({ lines: 1 })
    expect(shown(await logs.page({ since: first.next }))).toEqual([])
    await logs.write('api', '7\n')
    await logs.look()
    await logs.write('web', '8\n')
    expect(shown(await logs.page({ since: first.next }))).toEqual(['api 7', 'web 8'])
  })

  it('begins a log that the cursor does not name at its beginning, and passes over what is no longer asked for', async () => {
    await using logs = await threeLogs()
    const { next } = await logs.page({}, ['web', 'api'])
    expect(shown(await logs.page({ since: next }, ['web', 'db']))).toEqual(['db 3', 'db 6'])
    expect(shown(await logs.page({ before: next }, ['web', 'db']))).toEqual(['web 1'])
  })

  it('takes the cursor of a line for a place in all logs by its time', async () => {
    await using logs = await threeLogs()
    const cursor = (await logs.page()).lines[2]?.cursor
    expect(shown(await logs.page({ since: cursor }))).toEqual(['web 4', 'api 5', 'db 6'])
    expect(shown(await logs.page({ before: cursor }))).toEqual(['web 1', 'api 2'])
    expect(shown(await logs.page({ around: cursor, lines: 3 }))).toEqual(['api 2', 'db 3', 'web 4'])
    expect(shown(await logs.page({ around: cursor, lines: 1 }))).toEqual(['db 3'])
  })

  it('goes on after a page around a line', async () => {
    await using logs = await threeLogs()
    const cursor = (await logs.page()).lines[2]?.cursor
    for (const lines of [1, 2, 3, 4]) {
      const { next } = await logs.page({ around: cursor, lines })
      expect(shown(await logs.page({ since: next }))).toEqual(['web 4', 'api 5', 'db 6'].slice(Math.floor(lines / 2)))
    }
  })

  it('filters each log and shows the context of the lines that are taken only', async () => {
    await using logs = await openLogs(['a', 'b'])
    for (const [id, text] of [['a', 'a1\nhit\na2\n'], ['b', 'b1\nhit\nb2\n'], ['a', 'a3\nhit\na4\n']] as const) {
      await logs.write(id, text)
      await logs.look()
    }
    expect(shown(await logs.page({ grep: 'hit', lines: 2, context: 1 }))).toEqual(['b b1', 'b hit', 'b b2', 'a a3', 'a hit', 'a a4'])
    const { next: start } = await logs.page({ before: (await logs.page()).first_cursor })
    const first = await logs.page({ grep: 'hit', lines: 1, context: 1, since: start })
    expect(shown(first)).toEqual(['a a1', 'a hit', 'a a2'])
    expect(shown(await logs.page({ grep: 'hit', lines: 5, since: first.next }))).toEqual(['b hit', 'a hit'])
  })

  it('shows of several unterminated lines the one that grew last, at the end', async () => {
    await using logs = await openLogs(['a', 'b'])
    await logs.write('b', 'done\nprompt b')
    await logs.look()
    await logs.write('a', 'prompt a')
    const page = await logs.page({ lines: 2 })
    expect(shown(page)).toEqual(['b done', 'a prompt a'])
    expect(page.partial).toBe(true)
    await logs.write('b', '!\n')
    expect(shown(await logs.page({ since: page.next }))).toContain('b prompt b!')
  })

  it('counts what was lost in each log once', async () => {
    await using logs = await openLogs(['a', 'b'])
    await logs.write('a', 'first\n')
    await logs.look()
    const { fixture, run } = logs.of('a')
    const { next } = await logs.page()
    const { next: own } = await fixture.page()
    fixture.logs.retainedBytes = 1024 * 1024
    for (let part = 0; part < 3; part++) await run.stdout.write(`${'x'.repeat(99)}\n`.repeat(10_000))
    await logs.write('b', 'other\n')
    await until(async () => (await fixture.page({ since: own, lines: 1 })).dropped > 0)
    const lost = (await fixture.page({ since: own, lines: 1 })).dropped
    const page = await logs.page({ since: next, lines: 1000 })
    expect(page.dropped).toBe(lost)
    expect((await logs.page({ since: page.next, lines: 10 })).dropped).toBe(0)
  })

  it('refuses what is no cursor of these logs, by its field', async () => {
    await using logs = await threeLogs()
    const web = (await logs.page({}, ['web'])).lines[0]?.cursor ?? ''
    for (const cursor of ['nonsense', '~', `~${web}~`, 'k9.1.0.2.0.o', `~${web.replace('.1.', '.7.')}`]) {
      for (const field of ['since', 'before', 'around'] as const) {
        await expect(logs.page({ [field]: cursor }), `${field} ${cursor}`).rejects.toMatchObject({ code: 'VALIDATION_FAILED', details: [{ field }] })
      }
    }
    await expect(logs.page({ since: web }, ['api'])).rejects.toMatchObject({ details: [{ field: 'since' }] })
  })

  it('gives every line once and in order, forwards and backwards, by pages of any size', async () => {
    const action = fc.oneof(
      { weight: 4, arbitrary: fc.record({ id: fc.constantFrom(...IDS), stream: fc.constantFrom(...STREAMS), texts: fc.array(fc.constantFrom('a', 'b', 'error: x'), { minLength: 1, maxLength: 4 }) }) },
      { weight: 1, arbitrary: fc.constant('look' as const) },
    )
    await fc.assert(fc.asyncProperty(fc.array(action, { maxLength: 20 }), fc.integer({ min: 1, max: 4 }), fc.constantFrom(undefined, 'a', 'x'), async (actions, lines, grep) => {
      await using logs = await openLogs(IDS)
      for (const one of actions) {
        if (one === 'look') await logs.look()
        else await logs.write(one.id, one.texts.map(text => `${text}\n`).join(''), one.stream)
      }
      await logs.look()
      const expected = await everything(logs)
      const wanted = expected.filter(({ text }) => grep === undefined || text.includes(grep))
      const start = await logs.page({ before: (await logs.page()).first_cursor })
      expect(start.lines).toEqual([])
      const forwards: MergedLogLine[] = []
      for (let since = start.next, more = true; more;) {
        const page = await logs.page({ since, lines, grep })
        forwards.push(...page.lines)
        more = page.lines.length > 0
        since = page.next
      }
      expect(keys(forwards)).toEqual(keys(wanted))
      const newest = await logs.page({ lines, grep })
      const backwards = [...newest.lines]
      for (let [oldest] = newest.lines; oldest;) {
        const page = await logs.page({ before: oldest.cursor, lines, grep })
        backwards.unshift(...page.lines)
        oldest = page.lines[0]
      }
      expect(keys(backwards)).toEqual(keys(wanted))
    }), { numRuns: Number(process.env.MODEL_RUNS ?? 25) })
  }, 120_000)
})

const keys = (lines: readonly MergedLogLine[]) => lines.map(({ id, cursor, text }) => `${id} ${cursor} ${text}`)

/** All lines by time, then id, then as their own log has them. */
async function everything(logs: Awaited<ReturnType<typeof openLogs>>): Promise<MergedLogLine[]> {
  const all: { line: LogLine, id: string }[] = []
  for (const id of IDS) all.push(...(await logs.of(id).fixture.page({ lines: 1000 })).lines.map(line => ({ line, id })))
  return all.map(({ line, id }) => ({ ...line, id })).sort((a, b) => a.at < b.at ? -1 : a.at > b.at ? 1 : 0)
}
