import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { waitFor } from '../../../../../helpers/wait-for'
import { openFixture } from '../fixture'
import { noise } from './noise'

const MESSAGE = 'TypeError: Cannot read properties of undefined (reading \'id\')'
const CRASH = `${MESSAGE}\n    at getUser (/app/src/users.ts:42:17)\n    at node:internal/x:1:1\n`

const open = (options: Parameters<typeof openFixture>[0] = {}) => openFixture({ tickMs: 1_000_000, ...options })
type Fixture = Awaited<ReturnType<typeof open>>
const firstOf = async (fixture: Fixture) => (await fixture.page({ lines: 1, stream: 'stderr' })).first_cursor
const textsOf = async ({ logs }: Fixture) => (await logs.digest()).groups.map(({ first }) => first.text)

describe('ErrorIndex', () => {
  it('gives each kind of error with its places, whose cursors can be read from', async () => {
    await using fixture = await open()
    await using run = await fixture.begin(1)
    await run.stdout.write('one\n')
    await run.stderr.write(CRASH)
    await run.stdout.write('two\n')
    const { groups, newest_run: newest, lines, unread } = await fixture.logs.digest()
    expect({ newest, lines, unread }).toEqual({ newest: 1, lines: 5, unread: [] })
    expect(groups).toMatchObject([{
      level: 'error', rank: 3, count: 1, in_newest_run: true, foreign_frames: 1, frames: ['    at getUser (/app/src/users.ts:42:17)'],
      last: { run: 1, stream: 'stderr', text: 'TypeError: Cannot read properties of undefined (reading \'id\')' },
    }])
    const [error] = await fixture.texts({ before: groups[0]?.last.cursor, stream: 'stderr' })
    expect(error).toBeUndefined()
    const [after] = await fixture.texts({ since: groups[0]?.last.cursor, stream: 'stderr' })
    expect(after).toBe('    at getUser (/app/src/users.ts:42:17)')
  })

  it('tells an error that is still being written, and its frames when they have come', async () => {
    await using fixture = await open()
    await using run = await fixture.begin(1)
    await run.stderr.write('TypeError: x is undefined\n')
    expect((await fixture.logs.digest()).groups).toMatchObject([{ count: 1, frames: [] }])
    await run.stderr.write('    at getUser (/app/src/users.ts:42:17)\n')
    expect((await fixture.logs.digest()).groups).toMatchObject([{ count: 1, frames: ['    at getUser (/app/src/users.ts:42:17)'] }])
  })

  it('tells the last line of a run that has ended without a newline', async () => {
    await using fixture = await open()
    await using run = await fixture.begin(1)
    await run.stderr.write('fine\nERROR at the end')
    await fixture.logs.end(1, new Date())
    const { groups } = await fixture.logs.digest()
    expect(groups.map(({ last }) => last.text)).toEqual(['ERROR at the end'])
    expect(await fixture.texts({ since: groups[0]?.last.cursor })).toEqual([])
  })

  it('keeps the first crash of a run when a flood has pushed it out of the log', async () => {
    await using fixture = await open({ retainedBytes: 256 * 1024 })
    await using run = await fixture.begin(1)
    await run.stderr.write(CRASH)
    expect(await textsOf(fixture)).toHaveLength(1)
    const first = await firstOf(fixture)
    for (let block = 0; block < 20; block++) {
      await run.stderr.write(noise(2000, block * 2000))
      await fixture.page({ lines: 1 })
      await fixture.logs.digest()
    }
    await expect.poll(() => firstOf(fixture)).not.toBe(first)
    expect(await textsOf(fixture)).toEqual([MESSAGE])
  })

  it('counts what was taken before it could be read', async () => {
    await using fixture = await open({ retainedBytes: 256 * 1024 })
    await using run = await fixture.begin(1)
    const flood = noise(20_000)
    await run.stderr.write(CRASH + flood)
    const first = await firstOf(fixture)
    await expect.poll(() => firstOf(fixture)).not.toBe(first)
    const { groups, unread, lines } = await fixture.logs.digest()
    expect(groups).toEqual([])
    expect(unread).toMatchObject([{ run: 1, kind: 'taken' }])
    expect(unread[0]?.bytes).toBeGreaterThan(flood.length / 2)
    expect(lines).toBe(20_003)
  })

  it('knows the errors of all runs after the host has begun anew, without reading them again', async () => {
    await using fixture = await open()
    await using first = await fixture.begin(1)
    await first.stderr.write(CRASH)
    await fixture.logs.end(1, new Date())
    await using second = await fixture.begin(2)
    await second.stdout.write('ERROR other\n')
    expect(await textsOf(fixture)).toHaveLength(2)
    await fixture.reopen([{ run: 1, endedAt: new Date() }, { run: 2 }])
    await second.stdout.write('ERROR other\n')
    const { groups } = await fixture.logs.digest()
    expect(groups.map(({ count, in_newest_run: isIn, first: { run } }) => ({ count, isIn, run }))).toEqual([
      { count: 1, isIn: false, run: 1 }, { count: 2, isIn: true, run: 2 },
    ])
  })

  it.each([
    ['is damaged', () => '{"version":1,"gro'],
    ['is empty', () => ''],
    ['is of another version', (text: string) => text.replace('"version":1', '"version":99')],
    ['is of a process that was removed', (text: string) => text.replace('"incarnation":"k3"', '"incarnation":"k2"')],
  ])('is built anew from the log when its file %s', async (_how, change) => {
    await using fixture = await open()
    await using run = await fixture.begin(1)
    await run.stderr.write(CRASH)
    const before = await fixture.logs.digest()
    const file = join(fixture.dir, 'errors.json')
    await writeFile(file, change(await readFile(file, 'utf8')))
    await fixture.reopen([{ run: 1 }])
    expect(await fixture.logs.digest()).toEqual(before)
  })

  it('keeps at most 200 groups, the errors before the warnings and the first one of a run', async () => {
    await using fixture = await open()
    await using run = await fixture.begin(1)
    const name = (index: number) => String.fromCharCode(97 + Math.floor(index / 26), 97 + index % 26)
    await run.stdout.write('ERROR the first\nWARN early\n')
    await run.stdout.write(Array.from({ length: 250 }, (_, index) => `ERROR kind ${name(index)}\n`).join(''))
    await fixture.logs.end(1, new Date())
    const { groups } = await fixture.logs.digest()
    expect(groups).toHaveLength(200)
    expect(groups[0]?.last.text).toBe('ERROR the first')
    expect(groups.at(-1)?.last.text).toBe(`ERROR kind ${name(249)}`)
    expect(groups.filter(({ level }) => level === 'warn')).toEqual([])
  })

  it('forgets when it is told to, and finds only what is kept and what comes then', async () => {
    await using fixture = await open({ retainedBytes: 256 * 1024 })
    await using run = await fixture.begin(1)
    await run.stderr.write(CRASH)
    expect(await textsOf(fixture)).toHaveLength(1)
    const first = await firstOf(fixture)
    await run.stderr.write(noise(20_000))
    await expect.poll(() => firstOf(fixture)).not.toBe(first)
    await fixture.logs.clear()
    expect(await fixture.logs.digest()).toMatchObject({ groups: [], unread: [] })
    await run.stderr.write('ERROR new\n')
    expect(await textsOf(fixture)).toEqual(['ERROR new'])
  })

  it('reads in the background when a run ends, so that the file has it', async () => {
    await using fixture = await open()
    await using run = await fixture.begin(1)
    await run.stderr.write(CRASH)
    await fixture.logs.end(1, new Date())
    await expect.poll(() => readFile(join(fixture.dir, 'errors.json'), 'utf8').catch(() => '')).toContain('getUser')
  })

  it('reads along with a log that grows steadily, without being asked', async () => {
    await using fixture = await open({ tickMs: 10 })
    await using run = await fixture.begin(1)
    await run.stderr.write(CRASH)
    let written = 0
    await waitFor('it is read', async () => {
      if (written++ < 1000) await run.stdout.write(noise(300))
      return (await readFile(join(fixture.dir, 'errors.json'), 'utf8').catch(() => '')).includes('getUser')
    })
  })

  it('leaves no file behind when the process is removed', async () => {
    await using fixture = await open()
    await using run = await fixture.begin(1)
    await run.stderr.write(CRASH)
    await fixture.logs.digest()
    await fixture.logs.remove()
    await expect(readFile(join(fixture.dir, 'errors.json'))).rejects.toThrow('ENOENT')
  })
})
