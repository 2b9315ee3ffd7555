import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { STREAMS, type LogLine, type LogPage } from '#shared/schemas/logs'
import { levelOf } from '../../../../../server/core/logs/level'
import type { PageQuery } from '../../../../../server/core/logs/process-logs'
import { openFixture } from './fixture'
import { answer, isWanted, type Filter, type ModelLog } from './query-model'
import { ReferenceModel } from './reference-model'

const word = fc.constantFrom(
  'a', 'ab', 'error: no disk', 'warning: old', '\x1B[31mERROR\x1B[0m x', 'aé', '日本 a', 'a\r', 'x y', '', ' ', '\ta', '0 errors', 'A\u2028b',
)
const line = fc.oneof(
  { weight: 12, arbitrary: fc.array(word, { maxLength: 3 }).map(words => words.join(' ')) },
  { weight: 1, arbitrary: fc.integer({ min: 65_500, max: 65_560 }).map(size => `${'x'.repeat(size)}a`) },
  { weight: 1, arbitrary: fc.constant(Array.from({ length: 900 }, (_, at) => `filler ${at} ${'.'.repeat(90)}`).join('\n')) },
)
const writing = fc.record({
  do: fc.constant('write' as const),
  stream: fc.constantFrom(...STREAMS),
  lines: fc.array(line, { minLength: 1, maxLength: 4 }),
  isWhole: fc.boolean(),
})
const step = fc.oneof(
  { weight: 9, arbitrary: writing },
  { weight: 3, arbitrary: fc.constant({ do: 'look' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'next-run' as const }) },
)
const pattern = fc.constantFrom('a', '^a', 'b$', '^$', '^[^x]*$', 'a\\s', '\\W', 'ERROR', '(?=a)a', 'xa', '(a)\\1', '[\\s\\S]b', '\\bfiller \\d+5\\b', 'é|本', '\\x1b', 'nowhere')
const filter = fc.record({
  stream: fc.constantFrom('both' as const, ...STREAMS),
  grep: fc.option(pattern, { nil: undefined }),
  ignore_case: fc.boolean(),
  level: fc.option(fc.constantFrom('error' as const, 'warn' as const), { nil: undefined }),
  run: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  context: fc.constantFrom(0, 0, 1, 3, 50),
})

const places = fc.record({ kind: fc.constantFrom('newest', 'since', 'before', 'around', 'between'), at: fc.nat(), to: fc.nat() })
const maybe = fc.option(fc.nat(), { nil: undefined })
const times = fc.record({ from: maybe, to: maybe })

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Writes a log as the steps say, and gives its lines as one who reads everything sees them. */
async function write(steps: readonly Step[], isEnded: boolean) {
  const fixture = await openFixture({ tickMs: 1_000_000 })
  const model = new ReferenceModel()
  let handles = await fixture.begin(1)
  model.begin(1)
  for (const one of steps) {
    if (one.do === 'write') {
      const text = one.lines.join('\n') + (one.isWhole ? '\n' : '')
      await handles[one.stream].write(text)
    }
    else if (one.do === 'look') await fixture.page()
    else {
      const run = model.runs.length
      await fixture.logs.end(run, new Date())
      model.begin(run + 1)
      await handles[Symbol.asyncDispose]()
      handles = await fixture.begin(run + 1)
    }
  }
  if (isEnded) await fixture.logs.end(model.runs.length, new Date())
  return {
    fixture,
    runs: model.runs.length,
    async [Symbol.asyncDispose]() {
      await handles[Symbol.asyncDispose]()
      await fixture[Symbol.asyncDispose]()
    },
  }
}

/** Everything there is, by plain pages, which have a test of their own. */
async function readAll({ page }: Awaited<ReturnType<typeof openFixture>>): Promise<ModelLog> {
  const start = await page({ before: (await page({ lines: 1 })).first_cursor })
  const lines: LogLine[] = []
  let partial: LogLine | undefined
  for (let since = start.next, more = true; more;) {
    const next = await page({ since, lines: 5000 })
    partial = next.partial ? next.lines.pop() : undefined
    lines.push(...next.lines)
    more = next.lines.length > 0
    since = next.next
  }
  return { start: start.next, lines, partial }
}

/** A cursor of one stream alone knows less of the other one: only its own place counts. */
function placed(lines: readonly LogLine[], { stream }: PageQuery): LogLine[] {
  if (stream === 'both') return [...lines]
  return lines.map((one) => {
    const [, run, , stdout = '', stderr = ''] = one.cursor.split('.')
    return { ...one, cursor: `${run} ${one.stream} ${(one.stream === 'stdout' ? stdout : stderr).split('_')[0]}` }
  })
}

describe('a query against a simple model', () => {
  it('gives exactly the wanted lines with their context, from any place, and goes on without gap or repetition', async () => {
    const query = fc.tuple(filter, places, times, fc.constantFrom(1, 2, 5, 1000))
    const story = [fc.array(step, { maxLength: 14 }), fc.boolean(), fc.array(query, { minLength: 3, maxLength: 6 })] as const
    await fc.assert(fc.asyncProperty(...story, async (steps, isEnded, queries) => {
      await using it = await write(steps, isEnded)
      const { fixture } = it
      const all = await readAll(fixture)
      const pick = (at: number) => all.lines[at % Math.max(1, all.lines.length)]
      for (const [chosen, place, span, lines] of queries) {
        const wanted: Filter & Pick<PageQuery, 'lines'> = { ...chosen, lines, run: (chosen.run ?? 9) > it.runs ? undefined : chosen.run }
        if (wanted.grep === undefined && wanted.level === undefined) wanted.context = 0
        const from = span.from === undefined ? undefined : pick(span.from)?.at
        const to = span.to === undefined ? undefined : pick(span.to)?.at
        const query: PageQuery = { ...wanted, from, to }
        if (from !== undefined && to !== undefined && from > to) continue
        const index = place.at % Math.max(1, all.lines.length)
        const one = pick(index)?.cursor
        const other = pick(Math.max(index, place.to % Math.max(1, all.lines.length)))?.cursor
        if (place.kind === 'since' || place.kind === 'between') query.since = one
        if (place.kind === 'before') query.before = one
        if (place.kind === 'between') query.before = other
        if (place.kind === 'around') query.around = one
        // Few lines a page are wanted for few matches only: it takes a page for each.
        if (all.lines.filter(line => isWanted(line, query)).length > 60) query.lines = 1000
        const page = await fixture.page(query)
        expect(placed(page.lines, query), JSON.stringify(query)).toEqual(placed(answer(all, query), query))
        expect(page.dropped).toBe(0)
        if (place.kind === 'newest' || place.kind === 'since') await walk(all, query, page)
      }

      async function walk(log: ModelLog, query: PageQuery, first: LogPage) {
        const { since, ...rest } = query
        const complete = ({ lines, partial }: LogPage) => (partial ? lines.slice(0, -1) : lines).filter(({ context }) => !context)
        // Forwards from where the first page stood, by `since=next`.
        const place = since === undefined ? -1 : log.lines.findIndex(({ cursor }) => cursor === since)
        const expected = log.lines.filter((one, index) => index > place && isWanted(one, query))
        const forwards: LogLine[] = []
        let next = since ?? log.start
        for (let turn = 0; ; turn++) {
          const page = turn === 0 && since !== undefined ? first : await fixture.page({ ...rest, since: next })
          forwards.push(...complete(page))
          if (page.partial || complete(page).length < query.lines) {
            expect(complete(await fixture.page({ ...rest, since: page.next }))).toEqual([])
            break
          }
          next = page.next
        }
        expect(placed(forwards, query), JSON.stringify(query)).toEqual(placed(expected, query))
        if (since !== undefined) return
        const backwards = complete(first)
        for (let before = first.partial && backwards.length === 0 ? first.next : backwards[0]?.cursor; before !== undefined;) {
          const page = await fixture.page({ ...rest, before })
          backwards.unshift(...complete(page))
          before = complete(page)[0]?.cursor
        }
        expect(placed(backwards, query), JSON.stringify(query)).toEqual(placed(expected, query))
      }
    }), { numRuns: Number(process.env.MODEL_RUNS ?? 60) })
  }, 240_000)

  it('gives the level of each line', async () => {
    await using it = await write([{ do: 'write', stream: 'stdout', lines: ['[warn] a', 'b', 'ERROR c', 'debug: d'], isWhole: true }], false)
    expect((await it.fixture.page()).lines.map(({ level, text }) => level === levelOf(text, 'stdout') ? level : 'wrong')).toEqual(['warn', undefined, 'error', 'debug'])
  })
})
