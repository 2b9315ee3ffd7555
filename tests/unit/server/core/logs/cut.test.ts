import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { openFixture, readOn, textsOf } from './fixture'
import { until } from '../../../../helpers/until'

describe('a process that cuts its own log', () => {
  it('loses no line that it writes after it, for a reader that was there before', async () => {
    const truncated = vi.fn()
    await using fixture = await openFixture({ onTruncated: truncated })
    await using run = await fixture.begin(1)
    const script = 'echo one; echo two; echo err >&2; read go; echo x >/dev/stdout; echo three; read go; echo y >/dev/stdout; echo four'
    const child = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', run.stdout.fd, run.stderr.fd] })
    await until(async () => (await fixture.texts()).length === 3)
    const { next } = await fixture.page()
    expect(fixture.logs.isTruncated).toBe(false)
    child.stdin?.write('\n')
    await until(async () => (await fixture.texts({ since: next })).includes('three'))
    expect(await fixture.texts({ since: next })).toEqual(['x', 'three'])
    expect(fixture.logs.isTruncated).toBe(true)
    const second = await readOn(fixture, next)
    child.stdin?.end('\n')
    await once(child, 'close')
    await fixture.logs.end(1, new Date())
    expect(await readOn(fixture, second.next)).toMatchObject({ texts: ['y', 'four'], dropped: 0 })
    expect(await readOn(fixture, next)).toMatchObject({ texts: ['y', 'four'], dropped: 0 })
    expect(await fixture.texts()).toEqual(['err', 'y', 'four'])
    expect(truncated).toHaveBeenCalledTimes(1)
  })

  it('is noticed where its file has the size it had, or more', async () => {
    await using fixture = await openFixture({ tickMs: 1_000_000 })
    await using run = await fixture.begin(1)
    let { next } = await fixture.page()
    for (const text of ['tick 1\n', 'tick 2\n', 'tick 3 and more\n', `${'long\n'.repeat(50)}`, 'tick 4\n']) {
      await run.stdout.truncate(0)
      await run.stdout.write(text)
      const read = await readOn(fixture, next)
      expect(read.texts.map(line => `${line}\n`).join('')).toBe(text)
      next = read.next
    }
    expect(fixture.logs.isTruncated).toBe(true)
  })

  it('wakes a follower also when the size stays the same', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    await run.stdout.write('tick 1\n')
    await fixture.page()
    const grown = vi.fn()
    fixture.logs.onGrowth(grown)
    await run.stdout.truncate(0)
    await run.stdout.write('tick 2\n')
    await until(() => grown.mock.calls.length > 0)
    expect(await fixture.texts()).toEqual(['tick 2'])
  })

  it('keeps the other stream and the cursors in it', async () => {
    await using fixture = await openFixture({ tickMs: 1_000_000 })
    await using run = await fixture.begin(1)
    await run.stdout.write('o1\no2\n')
    await run.stderr.write('e1\ne2\n')
    const page = await fixture.page()
    await run.stdout.truncate(0)
    await run.stdout.write('o3\n')
    expect(await fixture.texts()).toEqual(['e1', 'e2', 'o3'])
    expect(await fixture.texts({ since: page.lines[2]?.cursor })).toEqual(['e2', 'o3'])
    expect(await fixture.texts({ since: page.lines[0]?.cursor })).toEqual(['e1', 'e2', 'o3'])
    expect(await fixture.texts({ before: page.lines[3]?.cursor })).toEqual(['e1'])
  })

  it('is on record for the next host', async () => {
    const truncated = vi.fn()
    await using fixture = await openFixture({ onTruncated: truncated })
    await using run = await fixture.begin(1)
    await run.stdout.write('one\ntwo\n')
    const before = await fixture.page()
    await run.stdout.truncate(0)
    await run.stdout.write('three\n')
    const after = await fixture.page()
    await fixture.reopen([{ run: 1 }])
    expect(fixture.logs.isTruncated).toBe(true)
    expect(await fixture.page()).toEqual(after)
    await run.stdout.write('four\n')
    expect(await fixture.texts({ since: before.lines[0]?.cursor })).toEqual(['three', 'four'])
    expect(await fixture.texts({ since: after.next })).toEqual(['four'])
    await fixture.logs.end(1, new Date())
    await fixture.reopen([{ run: 1, endedAt: new Date() }])
    expect(fixture.logs.isTruncated).toBe(true)
    expect(await fixture.texts()).toEqual(['three', 'four'])
    expect(truncated).toHaveBeenCalledTimes(1)
  })

  it('is found by the next host when it happened while none ran, whether the run is over or not', async () => {
    for (const isEnded of [false, true]) {
      await using fixture = await openFixture()
      await using run = await fixture.begin(1)
      await run.stdout.write('one\ntwo\n')
      const { next, lines } = await fixture.page()
      await fixture.logs.close()
      await truncate(join(fixture.runDir(1), 'stdout.log'), 0)
      await run.stdout.write('new\n')
      await fixture.reopen([{ run: 1, ...(isEnded ? { endedAt: new Date() } : {}) }])
      expect(await fixture.texts({ since: next })).toEqual(['new'])
      expect(await fixture.texts({ since: lines[0]?.cursor })).toEqual(['new'])
      expect(fixture.logs.isTruncated).toBe(true)
    }
  })

  it('is noticed by a host that has not read anything yet', async () => {
    await using fixture = await openFixture({ tickMs: 1_000_000 })
    await using run = await fixture.begin(1)
    await run.stdout.write('one\n')
    const { next } = await fixture.page()
    await fixture.reopen([{ run: 1 }])
    await run.stdout.truncate(0)
    await run.stdout.write('longer than before\n')
    expect(await fixture.texts({ since: next })).toEqual(['longer than before'])
  })

  it('takes an unterminated line with it and begins a new one', async () => {
    await using fixture = await openFixture({ tickMs: 1_000_000 })
    await using run = await fixture.begin(1)
    await run.stdout.write('one\nhalf of')
    const { next } = await fixture.page()
    await run.stdout.truncate(0)
    await run.stdout.write('new\nrest')
    expect(await fixture.texts({ since: next })).toEqual(['new', 'rest'])
    await run.stdout.truncate(0)
    await fixture.logs.end(1, new Date())
    expect(await fixture.texts()).toEqual([])
    expect(textsOf(await fixture.page({ since: next }))).toEqual([])
  })

  it('answers while it is cut all the time', async () => {
    await using fixture = await openFixture()
    await using run = await fixture.begin(1)
    const script = 'n=0; while [ $n -lt 400 ]; do n=$((n+1)); echo "tick $n" >/dev/stdout; done; echo end'
    const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', run.stdout.fd, run.stderr.fd] })
    const closed = once(child, 'close')
    let { next } = await fixture.page()
    const seen: number[] = []
    const read = async () => {
      const page = await readOn(fixture, next)
      next = page.next
      seen.push(...page.texts.map(text => text === 'end' ? Number.POSITIVE_INFINITY : Number(text.replace('tick ', ''))))
    }
    while (child.exitCode === null) await read()
    await closed
    await fixture.logs.end(1, new Date())
    await read()
    expect(seen.at(-1)).toBe(Number.POSITIVE_INFINITY)
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b))
  })
})
