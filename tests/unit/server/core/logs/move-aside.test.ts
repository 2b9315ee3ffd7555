import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { openFixture, readOn, stoppable, temporaryDir } from './fixture'
import { isRunning } from '../../../../helpers/processes'
import { until } from '../../../../helpers/until'

const LIMIT = 1024 * 1024
const noPunch = { retainedBytes: LIMIT, punch: () => Promise.reject(new Error('not supported')) }

function lines(from: number, count: number): string {
  return Array.from({ length: count }, (_, at) => `${from + at} ${'x'.repeat((from + at) % 90)}\n`).join('')
}
const numberOf = (text: string | undefined) => Number(text?.split(' ')[0])

/** What the log of a run takes on the disk, and in how many segments; one that is removed meanwhile takes nothing. */
async function onDisk(dir: string) {
  const names = (await readdir(dir)).filter(name => name.endsWith('.log'))
  const sizes = await Promise.all(names.map(name => stat(join(dir, name)).then(({ size }) => size, () => 0)))
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), segments: names.filter(name => /\d/.test(name)).length }
}

/** Whether the log of a run keeps no more than it may, in no other files than those on record. */
async function isWithinLimit(dir: string) {
  const { first, base, segments } = JSON.parse(await readFile(join(dir, 'log.json'), 'utf8')).stdout
  const files = (await readdir(dir)).filter(name => /^stdout\.\d+\.log$/.test(name))
  const isNeeded = segments.every(({ to }: { to: number }) => to > first)
  const kept = base + (await stat(join(dir, 'stdout.log'))).size - first
  return kept <= LIMIT * 1.25 && isNeeded && files.length === segments.length
}

/** Stops a process as the engine does: SIGSTOP, then wait for state T. */
function pauseOf(pid: () => number) {
  return vi.fn(async () => {
    if (!isRunning(pid())) return undefined
    process.kill(pid(), 'SIGSTOP')
    await until(async () => /\) [TZ] /.test(await readFile(`/proc/${pid()}/stat`, 'utf8')))
    return () => void process.kill(pid(), 'SIGCONT')
  })
}

describe.runIf(process.platform === 'linux')('a flooding process whose log cannot be punched', () => {
  it('loses no line and repeats none, for a follower and after the next host has come', async () => {
    const count = 300_000
    let pid = 0
    const pause = pauseOf(() => pid)
    await using fixture = await openFixture({ ...noPunch, pause })
    await using run = await fixture.begin(1)
    let { next } = await fixture.page()
    const script = `n=0; while [ $n -lt ${count} ]; do echo "$n line"; n=$((n+1)); done`
    const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', run.stdout.fd, run.stderr.fd] })
    const closed = once(child, 'close')
    pid = child.pid ?? 0
    let seen = -1
    let dropped = 0
    const read = async () => {
      const page = await fixture.page({ since: next, lines: 10_000 })
      const complete = page.partial ? page.lines.slice(0, -1) : page.lines
      dropped += page.dropped
      seen += page.dropped
      for (const { text } of complete) expect(text).toBe(`${++seen} line`)
      next = page.next
      return complete.length
    }
    while (child.exitCode === null && child.signalCode === null) await read()
    await closed
    expect(child.exitCode).toBe(0)
    await fixture.logs.end(1, new Date())
    while (await read() > 0);
    expect(seen).toBe(count - 1)
    expect(pause).toHaveBeenCalled()
    expect(dropped).toBeLessThan(count)

    await until(() => isWithinLimit(fixture.runDir(1)))
    await fixture.reopen([{ run: 1, endedAt: new Date() }])
    const { first_cursor } = await fixture.page()
    const start = await fixture.page({ before: first_cursor })
    const kept = await readOn(fixture, start.next, 10_000)
    const first = numberOf(kept.texts[0])
    expect(kept.texts).toEqual(Array.from({ length: count - first }, (_, at) => `${first + at} line`))
    expect(kept.texts.join('\n').length).toBeGreaterThan(LIMIT * 0.9)
    expect(await readOn(fixture, next)).toEqual({ texts: [], next, dropped: 0 })
  }, 60_000)
})

describe('a log that is moved aside', () => {
  const pause = () => Promise.resolve(() => {})

  it('stays within its limit, counts what goes, and keeps every cursor', async () => {
    const process = stoppable()
    await using fixture = await openFixture({ ...noPunch, pause: process.pause })
    await using run = await fixture.begin(1)
    await run.stdout.write(lines(0, 10))
    const early = await fixture.page()
    const cursors: { number: number, cursor: string }[] = []
    for (let from = 10; from < 60_000; from += 2000) {
      await process.write(() => run.stdout.write(lines(from, 2000)))
      const page = await fixture.page({ lines: 1 })
      cursors.push({ number: from + 1999, cursor: page.next })
      await until(async () => (await stat(join(fixture.runDir(1), 'stdout.log'))).size <= LIMIT / 4)
    }
    await until(async () => {
      const { first } = JSON.parse(await readFile(join(fixture.runDir(1), 'log.json'), 'utf8')).stdout
      return lines(0, 60_010).length - first <= LIMIT * 1.25
    })
    expect((await onDisk(fixture.runDir(1))).bytes).toBeLessThan(LIMIT * 2)
    const first = numberOf((await fixture.page({ since: early.next, lines: 1 })).lines[0]?.text)
    expect(first).toBeGreaterThan(10_000)
    for (const { number, cursor } of [{ number: 9, cursor: early.next }, ...cursors]) {
      const page = await fixture.page({ since: cursor, lines: 3 })
      if (number === 60_009) expect(page.lines).toEqual([])
      else expect(numberOf(page.lines[0]?.text)).toBe(Math.max(first, number + 1))
      expect(page.dropped).toBe(Math.max(0, first - number - 1))
    }
    const { segments } = await onDisk(fixture.runDir(1))
    expect(segments).toBeGreaterThan(1)
    await fixture.reopen([{ run: 1 }])
    const again = await readOn(fixture, early.next, 10_000)
    expect(again.dropped).toBe(first - 10)
    expect(again.texts.map(numberOf)).toEqual(Array.from({ length: 60_010 - first }, (_, at) => first + at))
  })

  it('is whole whichever step of a move the host dies in', async () => {
    await using aside = await temporaryDir()
    await using fixture = await openFixture({ ...noPunch, tickMs: 1_000_000, pause: async () => {
      // Only the first host: the next ones move the log as well.
      await cp(fixture.runDir(1), join(aside.path, 'before'), { recursive: true, force: false })
      return () => {}
    } })
    await using run = await fixture.begin(1)
    await run.stdout.write(lines(0, 8000))
    const read = await fixture.page({ lines: 100 })
    await until(async () => (await onDisk(fixture.runDir(1))).segments === 1 && await isEmpty(join(fixture.runDir(1), 'stdout.log')))
    await fixture.logs.close()
    const after = fixture.runDir(1)
    const before = join(aside.path, 'before')
    const record = JSON.parse(await readFile(join(after, 'log.json'), 'utf8'))
    const unfinished = JSON.stringify({ ...record, stdout: { ...record.stdout, moved_from: 0 } })
    const crashes = [
      { copy: before, change: async (_dir: string) => {} },
      { copy: after, change: async (dir: string) => {
        await cp(join(before, 'stdout.log'), join(dir, 'stdout.log'))
        await writeFile(join(dir, 'log.json'), unfinished)
      } },
      { copy: after, change: (dir: string) => writeFile(join(dir, 'log.json'), unfinished) },
      { copy: after, change: async (_dir: string) => {} },
    ]
    for (const [at, { copy, change }] of crashes.entries()) {
      const dir = join(aside.path, `crash-${at}`, '1')
      await mkdir(join(aside.path, `crash-${at}`))
      await cp(copy, dir, { recursive: true })
      await change(dir)
      fixture.runDir = run => join(aside.path, `crash-${at}`, String(run))
      await fixture.reopen([{ run: 1 }])
      await writeFile(join(dir, 'stdout.log'), lines(8000, 5), { flag: 'a' })
      const page = await fixture.page({ lines: 10_000 })
      expect(page.lines.map(({ text }) => numberOf(text)), `crash ${at}`).toEqual(Array.from({ length: 8005 }, (_, line) => line))
      expect((await readOn(fixture, read.next)).texts.map(numberOf)).toEqual([8000, 8001, 8002, 8003, 8004])
      await until(async () => {
        const known = JSON.parse(await readFile(join(dir, 'log.json'), 'utf8').catch(() => '{}')).stdout
        return known !== undefined && known.moved_from === undefined && (await onDisk(dir)).segments === known.segments.length
      })
    }
  })

  it('is left as it is when the process cannot be stopped, and that is said once', async () => {
    const cannot = vi.fn(() => Promise.resolve(undefined))
    await using fixture = await openFixture({ ...noPunch, pause: cannot })
    await using run = await fixture.begin(1)
    for (let step = 0; step < 3; step++) {
      await run.stdout.write(lines(step * 8000, 8000))
      const calls = cannot.mock.calls.length
      await fixture.page()
      await until(() => cannot.mock.calls.length > calls)
    }
    await until(() => fixture.messages.some(line => line.includes('keeps growing')))
    const start = await fixture.page({ before: (await fixture.page()).first_cursor })
    expect((await fixture.texts({ since: start.next }))[0]).toBe('0 ')
    expect(fixture.messages.filter(line => line.includes('keeps growing'))).toHaveLength(1)
    expect((await onDisk(fixture.runDir(1))).segments).toBe(0)
  })

  it('leaves no copy behind when the process cannot be asked to stop', async () => {
    const broken = vi.fn(() => Promise.reject(new Error('no such process')))
    await using fixture = await openFixture({ ...noPunch, pause: broken })
    await using run = await fixture.begin(1)
    await run.stdout.write(lines(0, 8000))
    await fixture.page()
    await until(() => fixture.messages.some(message => message.includes('old output could not be removed')))
    expect((await onDisk(fixture.runDir(1))).segments).toBe(0)
    expect(broken).toHaveBeenCalled()
  })

  it('loses what was moved aside when the process cuts its log', async () => {
    await using fixture = await openFixture({ ...noPunch, pause })
    await using run = await fixture.begin(1)
    await run.stdout.write(lines(0, 10))
    const { next } = await fixture.page()
    await run.stdout.write(lines(10, 8000))
    await fixture.page()
    await until(async () => (await onDisk(fixture.runDir(1))).segments === 1 && await isEmpty(join(fixture.runDir(1), 'stdout.log')))
    await run.stdout.write('more\n')
    // While it is being moved nobody looks at it.
    await until(async () => (await fixture.page({ lines: 1 })).lines[0]?.text === 'more')
    await run.stdout.truncate(0)
    await run.stdout.write('new\n')
    expect(await readOn(fixture, next)).toMatchObject({ texts: ['new'], dropped: 0 })
    expect((await onDisk(fixture.runDir(1))).segments).toBe(0)
  })
})

const isEmpty = async (path: string) => (await stat(path)).size === 0
