import { describe, expect, it, vi } from 'vitest'
import type { LogPage } from '#shared/schemas/logs'
import { follow } from '../../../../../server/core/logs/follow'
import { openFixture, textsOf } from './fixture'
import { until } from '../../../../helpers/until'

/** A timer of Node may fire this much before its time. */
const CLOCK_MS = 1

/** Collects the pages of a follower until it is told to stop. */
function collect(pages: AsyncGenerator<LogPage>) {
  const got: LogPage[] = []
  const done = (async () => {
    for await (const page of pages) got.push(page)
  })()
  return { got, done, texts: () => got.flatMap(textsOf) }
}

describe('follow', () => {
  it('gives what comes from now on, complete lines only, each once', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('old\nhalf')
    const abort = new AbortController()
    const viewer = collect(follow(fixture.logs, { stream: 'both', signal: abort.signal }))
    await fixture.page()
    await until(async () => {
      await run.stderr.write('tick\n')
      return viewer.texts().includes('tick')
    })
    await run.stdout.write(' whole\n')
    await until(() => viewer.texts().includes('half whole'))
    abort.abort()
    await viewer.done
    expect(viewer.texts().filter(text => text !== 'tick')).toEqual(['half whole'])
    expect(viewer.got.some(({ partial }) => partial)).toBe(false)
  })

  it('goes on from a cursor, through the next run, without a gap in a flood', async () => {
    await using fixture = await openFixture()
    await using one = await fixture.begin(1)
    await one.stdout.write('0\n')
    const { next } = await fixture.page()
    const abort = new AbortController()
    const viewer = collect(follow(fixture.logs, { since: next, stream: 'stdout', signal: abort.signal }))
    let number = 1
    const flood = async (write: (text: string) => Promise<unknown>) => {
      for (let batch = 0; batch < 200; batch++) {
        await write(Array.from({ length: 100 }, () => `${number++}\n`).join(''))
      }
    }
    await flood(text => one.stdout.write(text))
    await fixture.logs.end(1, new Date())
    await using two = await fixture.begin(2)
    await flood(text => two.stdout.write(text))
    await until(() => viewer.texts().length >= 40_000)
    abort.abort()
    await viewer.done
    expect(viewer.texts().map(Number)).toEqual(Array.from({ length: 40_000 }, (_, at) => at + 1))
  })

  it('reads 20 ms after the last read at the earliest, 4 ms where a page was full', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('0\n')
    const { next } = await fixture.page()
    const reads: { at: number, isFull: boolean }[] = []
    const page = fixture.logs.page.bind(fixture.logs)
    vi.spyOn(fixture.logs, 'page').mockImplementation(async (query) => {
      const at = performance.now()
      const answer = await page(query)
      reads.push({ at, isFull: answer.lines.length === query.lines })
      return answer
    })
    await run.stdout.write(Array.from({ length: 5000 }, (_, at) => `${at}\n`).join(''))
    const abort = new AbortController()
    const viewer = collect(follow(fixture.logs, { since: next, stream: 'stdout', signal: abort.signal }))
    for (let number = 0; reads.filter(({ isFull }) => !isFull).length < 10; number++) await run.stdout.write(`tick ${number}\n`)
    abort.abort()
    await viewer.done
    expect(reads.filter(({ isFull }) => isFull).length).toBeGreaterThanOrEqual(5)
    const early = reads.filter(({ at, isFull }, index) => (reads[index + 1]?.at ?? Infinity) - at < (isFull ? 4 : 20) - CLOCK_MS)
    expect(early).toEqual([])
  })

  it('holds nothing for a slow reader and loses nothing either', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('0\n')
    const { next } = await fixture.page()
    const abort = new AbortController()
    const pages = follow(fixture.logs, { since: next, stream: 'both', signal: abort.signal })
    await run.stdout.write('1\n')
    expect(textsOf((await pages.next()).value)).toEqual(['1'])
    const read = vi.spyOn(fixture.logs, 'page')
    await run.stdout.write('2\n')
    const grown = vi.fn()
    fixture.logs.onGrowth(grown)
    await until(() => grown.mock.calls.length > 0)
    expect(read).not.toHaveBeenCalled()
    await run.stdout.write('3\n')
    expect(textsOf((await pages.next()).value)).toEqual(['2', '3'])
    abort.abort()
    expect((await pages.next()).done).toBe(true)
  })

  it('ends when the log is removed and refuses a wrong cursor', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('0\n')
    const { signal } = new AbortController()
    const wrong = follow(fixture.logs, { since: 'wrong', stream: 'both', signal })
    await expect(wrong.next()).rejects.toMatchObject({ code: 'VALIDATION_FAILED' })
    const viewer = collect(follow(fixture.logs, { stream: 'both', signal }))
    await fixture.logs.remove()
    await viewer.done
    expect(viewer.got).toEqual([])
  })
})
