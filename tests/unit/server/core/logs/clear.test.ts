import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { STREAMS } from '#shared/schemas/logs'
import { openFixture, readOn, stoppable, textsOf } from './fixture'
import { until } from '../../../../helpers/until'

const noPunch = () => Promise.reject(new Error('not supported'))
const numbered = (from: number, count: number) => Array.from({ length: count }, (_, at) => `${from + at} ${'x'.repeat((from + at) % 80)}\n`).join('')
const numbersOf = (texts: string[]) => texts.map(text => Number(text.split(' ')[0]))

describe('clearing a log', () => {
  it('takes all runs and both streams, counts each line, and leaves cursors valid', async () => {
    await using fixture = await openFixture()
    for (const run of [1, 2]) {
      await using handles = await fixture.begin(run)
      await handles.stdout.write(`out ${run}\n`)
      await fixture.page()
      await handles.stderr.write(`error ${run}\ncut`)
      await fixture.logs.end(run, new Date())
    }
    const { lines } = await fixture.page()
    const start = (await fixture.page({ before: lines[0]?.cursor })).next
    await fixture.logs.clear()
    for (const run of [1, 2]) expect((await readdir(fixture.runDir(run))).filter(name => name.endsWith('.log'))).toEqual([])
    expect(await fixture.page()).toMatchObject({ lines: [], dropped: 0 })
    expect(await fixture.page({ since: start })).toMatchObject({ lines: [], dropped: 6 })
    for (const [at, { cursor }] of lines.entries()) expect((await fixture.page({ since: cursor })).dropped).toBe(5 - at)
    expect(await fixture.page({ stream: 'stderr', since: lines[2]?.cursor })).toMatchObject({ dropped: 2 })
    await fixture.logs.clear()
    expect((await fixture.page({ since: start })).dropped).toBe(6)
    expect(await fixture.page({ run: 2 })).toMatchObject({ lines: [] })
  })

  it('loses no line that a living process writes afterwards, nor the one it has begun', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('one\ntwo\nhal')
    await run.stderr.write('bad\n')
    const { lines: [one], first_cursor: oldFirst } = await fixture.page({ stream: 'stdout' })
    const next = one?.cursor
    await fixture.logs.clear()
    expect(await fixture.page()).toMatchObject({ lines: [{ text: 'hal' }], partial: true, dropped: 0 })
    await run.stdout.write('f\nthree\n')
    const page = await fixture.page({ since: next })
    expect([textsOf(page), page.dropped]).toEqual([['half', 'three'], 2])
    expect(page.first_cursor).toBe(page.lines[0]?.cursor)
    expect(page.first_cursor).not.toBe(oldFirst)
    expect((await fixture.page({ since: page.next })).dropped).toBe(0)
    await fixture.reopen([{ run: 1 }])
    expect(textsOf(await fixture.page({ since: next }))).toEqual(['half', 'three'])
  })

  it.each([
    ['by a hole', undefined],
    ['where no hole can be punched', noPunch],
  ])('gives the disk back %s', async (_, punch) => {
    const process = stoppable()
    await using fixture = await openFixture({ ...(punch && { punch }), pause: process.pause })
    await using run = await fixture.begin(1)
    const before = (await fixture.page()).next
    await run.stdout.write(numbered(0, 60_000))
    await fixture.logs.clear()
    await until(async () => await onDisk(fixture.runDir(1)) < 512 * 1024)
    await process.write(() => run.stdout.write(numbered(60_000, 10)))
    const { texts, dropped } = await readOn(fixture, before)
    expect([numbersOf(texts), dropped]).toEqual([Array.from({ length: 10 }, (_value, at) => 60_000 + at), 60_000])
  })

  it('is cleared for readers where neither a hole can be punched nor the process be stopped', async () => {
    await using fixture = await openFixture({ punch: noPunch })
    await using run = await fixture.begin(1)
    await run.stdout.write(numbered(0, 3000))
    await fixture.logs.clear()
    await run.stdout.write('new\n')
    expect(await fixture.texts()).toEqual(['new'])
    expect(fixture.messages.some(line => line.includes('keeps growing'))).toBe(true)
  })

  const stream = fc.constantFrom(...STREAMS)
  const action = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), stream, count: fc.oneof(fc.nat(20), fc.integer({ min: 500, max: 2500 })) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('read' as const), lines: fc.constantFrom(1, 7, 300, 10_000) }) },
    { weight: 2, arbitrary: fc.constantFrom({ do: 'clear' as const }, { do: 'next-run' as const }, { do: 'restart' as const }) },
  )

  it.each([['by holes', undefined], ['by moving aside', noPunch]])('makes every line either shown or counted: %s', async (_, punch) => {
    await fc.assert(fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 25 }), async (actions) => {
      const process = stoppable()
      await using fixture = await openFixture({ ...(punch && { punch }), tickMs: 1_000_000, pause: process.pause })
      let run = 1
      let number = 0
      let handles = await fixture.begin(run)
      let since = (await fixture.page()).next
      let dropped = 0
      const seen: number[] = []
      const read = async (lines: number) => {
        const page = await fixture.page({ since, lines })
        seen.push(...numbersOf(textsOf(page)))
        dropped += page.dropped
        const isMore = page.next !== since
        since = page.next
        return isMore
      }
      for (const step of actions) {
        if (step.do === 'write') {
          const text = numbered(number, step.count)
          number += step.count
          await process.write(() => handles[step.stream].write(text))
        }
        else if (step.do === 'read') await read(step.lines)
        else if (step.do === 'clear') await fixture.logs.clear()
        else if (step.do === 'restart') await fixture.reopen(Array.from({ length: run }, (_value, at) => ({ run: at + 1, ...(at + 1 < run && { endedAt: new Date() }) })))
        else {
          await fixture.logs.end(run, new Date())
          await handles[Symbol.asyncDispose]()
          handles = await fixture.begin(++run)
        }
      }
      while (await read(10_000));
      await handles[Symbol.asyncDispose]()
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen.length + dropped).toBe(number)
    }), { numRuns: Number(globalThis.process.env.MODEL_RUNS ?? 15), interruptAfterTimeLimit: 60_000 })
  }, 90_000)
})

/** What the log files of a run take on the disk, in bytes. */
async function onDisk(dir: string): Promise<number> {
  const names = (await readdir(dir)).filter(name => name.endsWith('.log'))
  const stats = await Promise.all(names.map(name => stat(join(dir, name))))
  return stats.reduce((sum, { blocks }) => sum + blocks * 512, 0)
}
