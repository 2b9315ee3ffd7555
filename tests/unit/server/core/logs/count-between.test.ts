import { describe, expect, it } from 'vitest'
import { STREAMS, type LogLine } from '#shared/schemas/logs'
import { catchUp } from '../../../../../server/core/logs/catch-up'
import { openFixture } from './fixture'

describe('counting the lines between two places of a log', () => {
  it('is exact over both streams, all runs, what was cleared and what is not complete', async () => {
    await using fixture = await openFixture({ tickMs: 1_000_000 })
    const all: LogLine[] = []
    const remember = async () => {
      for (let more = true; more;) {
        const { lines, partial } = await fixture.page({ lines: 10_000, ...(all.length > 0 && { since: all.at(-1)?.cursor }) })
        const complete = partial ? lines.slice(0, -1) : lines
        all.push(...complete)
        more = complete.length > 0
      }
    }
    for (const run of [1, 2, 3]) {
      await using handles = await fixture.begin(run)
      for (let step = 0; step < 4; step++) {
        for (const name of STREAMS) await handles[name].write(`${`${run} ${step} ${'.'.repeat(step * 31)}\n`.repeat(700)}half`)
        await remember()
      }
      if (run === 2) await fixture.logs.clear()
      if (run < 3) await fixture.logs.end(run, new Date())
      await remember()
    }
    expect(all.length).toBeGreaterThan(16_000)
    const places = [0, 1, 699, 700, 5000, 5601, 5602, 9999, 11_000, all.length - 2]
    for (const from of places) {
      for (const to of places.map(at => at + 1)) {
        const count = await fixture.logs.count(all[from]?.cursor ?? '', all[to]?.cursor ?? '')
        if (to > from) expect(count, `${from} to ${to}`).toBe(to - from - 1)
        else expect(count).toBeLessThanOrEqual(0)
      }
    }
  })

  it('leaves nothing out for a reader who is near the end, nor where an unfinished line is all that came', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('one\ntwo\n')
    const { next } = await fixture.page({ lines: 2 })
    await run.stdout.write('x'.repeat(300_000))
    expect(await catchUp(fixture.logs, next)).toBeUndefined()
    await run.stdout.write(`\n${`${'y'.repeat(1000)}\n`.repeat(500)}`)
    const caughtUp = await catchUp(fixture.logs, next)
    expect((caughtUp?.lines.length ?? 0) + (caughtUp?.skipped ?? 0)).toBe(501)
    expect(caughtUp?.lines.at(-1)?.cursor).toBe(caughtUp?.next)
  })
})
