import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openFixture, readOn, stoppable } from './fixture'
import { until } from '../../../../helpers/until'

const MIB = 1024 * 1024

/** Counts what is asked of the disk while `work` runs. */
async function bytesRead(path: string, work: () => Promise<unknown>): Promise<number> {
  const handle = await open(path, 'r')
  const read = vi.spyOn(Object.getPrototypeOf(handle), 'read')
  await handle.close()
  await work()
  const bytes = read.mock.calls.reduce((sum, [, , length]) => sum + Number(length), 0)
  vi.restoreAllMocks()
  return bytes
}

describe('a log with nasty content', () => {
  afterEach(() => void vi.restoreAllMocks())

  it('shows progress that is drawn with returns as one growing line, and reads on after it', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('begin\n')
    const { next } = await fixture.page()
    for (let percent = 0; percent <= 100; percent += 10) {
      await run.stdout.write(`\r${percent} %`)
      const page = await fixture.page({ since: next })
      expect(page).toMatchObject({ partial: true, next })
      expect(page.lines[0]?.text.endsWith(`\r${percent} %`)).toBe(true)
    }
    await run.stdout.write('\r\nend\n')
    const { texts } = await readOn(fixture, next)
    expect(texts).toEqual([Array.from({ length: 11 }, (_, at) => `\r${at * 10} %`).join(''), 'end'])
  })

  it('reads a line of 100 MB once while it is written, and little of it afterwards', async () => {
    await using fixture = await openFixture({ retainedBytes: 1024 ** 3, tickMs: 1_000_000 })
    await using run = await fixture.begin(1)
    const path = join(fixture.runDir(1), 'stdout.log')
    await run.stdout.write('before\n')
    const { next } = await fixture.page()
    const piece = Buffer.alloc(10 * MIB, 'x')
    for (let written = 10; written <= 100; written += 10) {
      await run.stdout.write(piece)
      const page = await fixture.page({ since: next })
      expect(page).toMatchObject({ partial: true, next })
      expect(page.lines[0]?.text).toBe(`${'x'.repeat(65_536)} … [${written * MIB - 65_536} bytes left out]`)
    }
    expect(await bytesRead(path, () => fixture.page({ since: next }))).toBeLessThan(2 * MIB)
    await run.stdout.write('\nafter\n')
    const { texts } = await readOn(fixture, next)
    expect(texts.map(text => text.length > 100 ? text.slice(-40) : text)).toEqual([`${' … [104792064 bytes left out]'.padStart(40, 'x')}`, 'after'])
  }, 60_000)

  it('bounds a line without end where nothing can be punched', async () => {
    const punch = () => Promise.reject(new Error('not supported'))
    const process = stoppable()
    await using fixture = await openFixture({ retainedBytes: MIB, punch, pause: process.pause })
    await using run = await fixture.begin(1)
    await run.stdout.write('first\n')
    const { next } = await fixture.page()
    for (let written = 0; written < 12; written++) {
      await process.write(() => run.stdout.write(Buffer.alloc(MIB / 2, 'y')))
      await fixture.page({ since: next })
      await until(async () => (await sizeOf(join(fixture.runDir(1), 'stdout.log'))) <= MIB / 4)
    }
    await process.write(() => run.stdout.write('\nlast\n'))
    const { texts, dropped } = await readOn(fixture, next)
    expect(texts.map(text => text.slice(0, 4))).toEqual(['yyyy', 'last'])
    expect(dropped).toBe(0)
  })

  it('keeps NULs, broken UTF-8 and long lines apart at the end of an ended run', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stderr.write(Buffer.concat([Buffer.alloc(3), Buffer.from('\n'), Buffer.from([0xE2, 0x82]), Buffer.from('\n')]))
    await run.stderr.write(`${'é'.repeat(40_000)}\r\nno newline \xE9`)
    await fixture.logs.end(1, new Date())
    const { lines, partial } = await fixture.page()
    expect(partial).toBeUndefined()
    expect(lines.map(({ text }) => text)).toEqual(['\0\0\0', '\uFFFD', `${'é'.repeat(32_768)} … [14465 bytes left out]`, 'no newline é'])
  })
})

async function sizeOf(path: string): Promise<number> {
  const handle = await open(path, 'r')
  return await handle.stat().then(({ size }) => size).finally(() => handle.close())
}
