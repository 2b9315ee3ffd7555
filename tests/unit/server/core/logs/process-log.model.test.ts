import { cp, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { STREAMS, type LogLine, type StreamName } from '#shared/schemas/logs'
import { openFixture } from './fixture'
import { ReferenceModel, type ModelLine } from './reference-model'

/** Sizes around the 64 KiB block are where reading by ranges can go wrong. */
const text = fc.oneof(
  { weight: 6, arbitrary: fc.record({ unit: fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n'), maxLength: 30 }), times: fc.constant(1) }) },
  { weight: 1, arbitrary: fc.record({ unit: fc.constant('x'), times: fc.integer({ min: 65_520, max: 65_550 }) }) },
  { weight: 1, arbitrary: fc.record({ unit: fc.constant(`${'0123456789'.repeat(60)}\n`), times: fc.integer({ min: 1, max: 120 }) }) },
)
const action = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('write' as const), stream: fc.constantFrom(...STREAMS), text }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('read' as const), lines: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 1, arbitrary: fc.constantFrom({ do: 'next-run' as const }, { do: 'restart' as const }, { do: 'crash' as const }) },
)

const choices = [{ stream: 'both' as const, names: STREAMS }, ...STREAMS.map(name => ({ stream: name, names: [name] }))]

async function world() {
  const fixture = await openFixture({ tickMs: 1_000_000 })
  const model = new ReferenceModel()
  let handles = await fixture.begin(1)
  let hosts = 0
  model.begin(1)
  const runs = () => model.runs.map(({ run, isEnded }) => ({ run, ...(isEnded ? { endedAt: new Date() } : {}) }))
  return {
    fixture,
    model,
    async write(stream: StreamName, written: string) {
      await handles[stream].write(written)
      if (model.live) model.live.bytes[stream] += written
    },
    async nextRun() {
      const run = model.runs.length + 1
      model.end()
      await fixture.logs.end(run - 1, new Date())
      await handles[Symbol.asyncDispose]()
      handles = await fixture.begin(run)
      model.begin(run)
    },
    async restart() {
      await fixture.reopen(runs())
      model.look()
    },
    /** The host dies: what it has not written yet is lost, so the next one works on a copy taken before it closes. */
    async crash() {
      const live = model.live
      const before = fixture.runDir
      const copy = join(fixture.dir, `host-${++hosts}`)
      for (const { run } of model.runs) await cp(before(run), join(copy, String(run)), { recursive: true })
      fixture.runDir = run => join(copy, String(run))
      if (live) live.seen.length = await storedCheckpoints(fixture.runDir(live.run))
      await handles[Symbol.asyncDispose]()
      await fixture.reopen(runs())
      model.look()
      const [stdout, stderr] = await Promise.all(STREAMS.map(name => open(join(fixture.runDir(live?.run ?? 1), `${name}.log`), 'a')))
      if (!stdout || !stderr) throw new Error('files are missing')
      handles = { stdout, stderr, [Symbol.asyncDispose]: async () => void await Promise.all([stdout.close(), stderr.close()]) }
    },
    async [Symbol.asyncDispose]() {
      await handles[Symbol.asyncDispose]()
      await fixture[Symbol.asyncDispose]()
    },
  }
}

async function storedCheckpoints(dir: string): Promise<number> {
  try {
    return Math.floor((await stat(join(dir, 'checkpoints'))).size / 24)
  }
  catch {
    return 0
  }
}

const shown = ({ run, stream, text }: LogLine): ModelLine => ({ run, stream, text: text.replace(/ … \[\d+ bytes left out\]$/, '') })
const cut = (lines: ModelLine[]) => lines.map(line => ({ ...line, text: line.text.slice(0, 65_536) }))

describe('ProcessLog against a simple model', () => {
  it('gives every line exactly once and in one order, forwards and backwards, across runs, restarts and crashes', async () => {
    const story = [fc.array(action, { maxLength: 25 }), fc.constantFrom(1, 3, 40, 1000), fc.boolean()] as const
    await fc.assert(fc.asyncProperty(...story, async (actions, wanted, isEnded) => {
      await using it = await world()
      const { fixture, model } = it
      const read: LogLine[] = []
      let since = (await fixture.page()).next
      const readOn = async (lines: number) => {
        const page = await fixture.page({ since, lines })
        model.look()
        read.push(...page.partial ? page.lines.slice(0, -1) : page.lines)
        since = page.next
        expect(page.dropped).toBe(0)
        return page
      }
      for (const step of actions) {
        if (step.do === 'write') await it.write(step.stream, step.text.unit.repeat(step.text.times))
        else if (step.do === 'read') await readOn(step.lines)
        else if (step.do === 'next-run') await it.nextRun()
        else if (step.do === 'restart') await it.restart()
        else await it.crash()
      }
      if (isEnded) {
        model.end()
        await fixture.logs.end(model.runs.length, new Date())
      }

      // One line a page is wanted for short logs only: it takes a page for each.
      const size = model.lines().length > 100 ? 1000 : wanted
      for (let before = -1; before < read.length;) {
        before = read.length
        if ((await readOn(size)).lines.length > 0 && read.length === before && model.live === undefined) throw new Error('reading does not advance')
      }
      for (const stream of STREAMS) {
        expect(read.filter(line => line.stream === stream).map(shown)).toEqual(cut(model.lines([stream])))
      }

      for (const { stream, names } of choices) {
        const expected = cut(model.lines(names))
        const forwards: LogLine[] = []
        const { first_cursor } = await fixture.page({ stream })
        let cursor = (await fixture.page({ stream, before: first_cursor })).next
        for (let more = true; more;) {
          const page = await fixture.page({ stream, since: cursor, lines: size })
          const complete = page.partial ? page.lines.slice(0, -1) : page.lines
          forwards.push(...complete)
          more = complete.length > 0
          cursor = page.next
        }
        expect(forwards.map(shown)).toEqual(expected)
        expect([...forwards].sort((a, b) => a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).toEqual(forwards)
        if (expected.length > 0) expect(first_cursor).toBe(forwards[0]?.cursor)

        const newest = await fixture.page({ stream, lines: size })
        const backwards = newest.partial ? newest.lines.slice(0, -1) : newest.lines
        if (newest.partial && backwards.length === 0) continue
        for (let oldest = backwards[0]; oldest;) {
          const page = await fixture.page({ stream, before: oldest.cursor, lines: size })
          oldest = page.lines[0]
          backwards.unshift(...page.lines)
        }
        expect(backwards.map(({ cursor }) => cursor)).toEqual(forwards.map(({ cursor }) => cursor))
        expect(backwards).toEqual(forwards)
      }
    }), { numRuns: Number(process.env.MODEL_RUNS ?? 60) })
  }, 120_000)

  it('goes on from any line in either direction and for any stream', async () => {
    await fc.assert(fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 20 }), fc.nat(), async (actions, pick) => {
      await using it = await world()
      const { fixture, model } = it
      for (const step of actions) {
        if (step.do === 'write') await it.write(step.stream, step.text.unit.repeat(step.text.times))
        else if (step.do === 'next-run') await it.nextRun()
        else {
          await fixture.page()
          model.look()
        }
      }
      model.end()
      await fixture.logs.end(model.runs.length, new Date())
      const all = model.lines()
      if (all.length === 0) return
      const at = pick % all.length
      for (const given of choices.filter(({ names }) => names.some(name => name === all[at]?.stream))) {
        const own = cut(model.lines(given.names))
        // The answer that ends with the log and begins with the line in question.
        const place = all.slice(0, at).filter(({ stream }) => given.names.some(name => name === stream)).length
        if (own.length - place > 10_000) continue
        const { lines } = await fixture.page({ stream: given.stream, lines: own.length - place })
        const cursor = lines[0]?.cursor ?? ''
        for (const { stream, names } of choices) {
          const chosen = ({ stream: one }: ModelLine) => names.some(name => name === one)
          const after = (await fixture.page({ stream, since: cursor, lines: 5 })).lines
          const before = (await fixture.page({ stream, before: cursor, lines: 5 })).lines
          expect(after.map(shown)).toEqual(cut(all.slice(at + 1).filter(chosen).slice(0, 5)))
          expect(before.map(shown)).toEqual(cut(all.slice(0, at).filter(chosen).slice(-5)))
        }
      }
    }), { numRuns: 60 })
  }, 120_000)
})
