import { mkdir, readFile, rmdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EventHub } from '../../../../../server/core/events'
import { createLogger } from '../../../../../server/core/logger'
import { ActivityLog, type EndedCall } from '../../../../../server/core/state/activity-log'
import { temporaryDirectory } from '../../../../helpers/temporary-directory'

const MINUTE = 60_000
const call = (action: string): EndedCall => ({ actor: { kind: 'cli', name: 'cli' }, action, result: 'ok', summary: `Did ${action}` })
const undo = { method: 'POST' as const, path: '/api/processes/web/stop', body: { note: 'x' } }

/** The activity of one host after the other in one directory, with a clock of its own. */
async function openActivity(limit = 100) {
  const directory = await temporaryDirectory()
  const said: string[] = []
  const clock = { now: 0 }
  const settings = { limit }
  const events = new EventHub()
  const log = createLogger({ level: 'info', json: true, write: line => said.push(line) })
  const open = async () => {
    const activity = new ActivityLog({ dataDir: directory.path, events, log, limit: () => settings.limit, now: () => clock.now })
    await activity.open()
    return activity
  }
  const file = join(directory.path, 'activity.jsonl')
  return {
    clock, settings, events, said, file, open,
    lines: async () => (await readFile(file, 'utf8')).split('\n').filter(line => line !== ''),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  }
}

const actionsOf = (activity: ActivityLog, limit = 1000) => activity.list({ limit }).map(({ action }) => action)

describe('ActivityLog', () => {
  it('lists the newest first, and older ones before a seq', async () => {
    await using at = await openActivity()
    const activity = await at.open()
    for (const action of ['a', 'b', 'c', 'd']) await activity.add(call(action))
    expect(activity.list({ limit: 2 })).toMatchObject([{ seq: 4, action: 'd' }, { seq: 3, action: 'c' }])
    expect(activity.list({ limit: 2, before: 3 })).toMatchObject([{ seq: 2, action: 'b' }, { seq: 1, action: 'a' }])
    expect(activity.list({ limit: 2, before: 1 })).toEqual([])
  })

  it('tells each entry as an event, with its undo', async () => {
    await using at = await openActivity()
    const activity = await at.open()
    await activity.add({ ...call('start_process'), undo })
    expect(at.events.recent(1)).toMatchObject([{ type: 'activity.added', data: { seq: 1, action: 'start_process', undo } }])
  })

  it('goes on under the next host, in a file for the user alone', async () => {
    await using at = await openActivity()
    const first = await at.open()
    await first.add(call('a'))
    await first.close()
    const second = await at.open()
    await second.add(call('b'))
    expect(second.list({ limit: 9 })).toMatchObject([{ seq: 2, action: 'b' }, { seq: 1, action: 'a' }])
    expect((await stat(at.file)).mode & 0o777).toBe(0o600)
  })

  it('stores every one of many calls at once, under its own seq', async () => {
    await using at = await openActivity(500)
    const activity = await at.open()
    await Promise.all(Array.from({ length: 300 }, (_, index) => activity.add(call(`a${index}`))))
    const entries = (await at.open()).list({ limit: 1000 })
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 300 }, (_, index) => 300 - index))
    expect(new Set(entries.map(({ action }) => action)).size).toBe(300)
  })

  it('stores nothing after its end: the file is that of the next host', async () => {
    await using at = await openActivity()
    const activity = await at.open()
    await activity.add(call('a'))
    await activity.close()
    await activity.add(call('late'))
    expect(await at.lines()).toHaveLength(1)
    expect(actionsOf(activity)).toEqual(['late', 'a'])
  })
})

describe('a damaged activity.jsonl', () => {
  it('that ends in the middle of a line loses that line only', async () => {
    await using at = await openActivity()
    const first = await at.open()
    for (const action of ['a', 'b', 'c']) await first.add(call(action))
    const text = await readFile(at.file, 'utf8')
    await writeFile(at.file, text.slice(0, -20))
    const second = await at.open()
    await second.add(call('d'))
    expect(second.list({ limit: 9 })).toMatchObject([{ seq: 3, action: 'd' }, { seq: 2 }, { seq: 1 }])
    expect(actionsOf(await at.open())).toEqual(['d', 'b', 'a'])
    expect(at.said.join()).toContain('"lines":1')
  })

  it('with lines that are no entries keeps those that are', async () => {
    await using at = await openActivity()
    const first = await at.open()
    await first.add(call('a'))
    const [line = ''] = await at.lines()
    await writeFile(at.file, `garbage\n{"seq":5}\n\0\n${line}\n[]\n${line}\n${line.replace('"seq":1', '"seq":7')}\n`)
    const second = await at.open()
    expect(second.list({ limit: 9 }).map(({ seq }) => seq)).toEqual([7, 1])
    await second.add(call('b'))
    expect(second.list({ limit: 1 })).toMatchObject([{ seq: 8 }])
  })

  it('that cannot be written fails no call, is told once, and takes all of it when it can', async () => {
    await using at = await openActivity()
    await mkdir(at.file)
    const activity = await at.open()
    for (const action of ['a', 'b', 'c']) await activity.add(call(action))
    expect(actionsOf(activity)).toEqual(['c', 'b', 'a'])
    expect(at.said.filter(line => line.includes('cannot be written'))).toHaveLength(1)
    await rmdir(at.file)
    await activity.add(call('d'))
    expect(actionsOf(await at.open())).toEqual(['d', 'c', 'b', 'a'])
    expect(at.said.filter(line => line.includes('written again'))).toHaveLength(1)
  })
})

describe('the limit', () => {
  it('holds in memory and, with a quarter more, in the file', async () => {
    await using at = await openActivity(20)
    const activity = await at.open()
    for (let index = 1; index <= 130; index++) {
      await activity.add(call(`a${index}`))
      expect((await at.lines()).length).toBeLessThanOrEqual(25)
    }
    expect(activity.list({ limit: 1000 }).map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, index) => 130 - index))
    expect((await at.open()).list({ limit: 1000 })).toHaveLength(20)
  })

  it('that is lowered takes the older ones at once', async () => {
    await using at = await openActivity(50)
    const activity = await at.open()
    for (let index = 1; index <= 50; index++) await activity.add(call(`a${index}`))
    at.settings.limit = 3
    expect(actionsOf(activity)).toEqual(['a50', 'a49', 'a48'])
    await activity.add(call('last'))
    expect(await at.lines()).toHaveLength(3)
  })
})

describe('undo', () => {
  it('is known for ten minutes, and never in the file', async () => {
    await using at = await openActivity()
    const activity = await at.open()
    await activity.add({ ...call('start_process'), undo })
    at.clock.now = 10 * MINUTE - 1
    expect(activity.list({ limit: 1 })).toMatchObject([{ undo }])
    at.clock.now = 10 * MINUTE
    expect(activity.list({ limit: 1 })[0]).not.toHaveProperty('undo')
    expect((await at.lines()).join()).not.toContain('undo')
  })

  it('is not known to the next host', async () => {
    await using at = await openActivity()
    await (await at.open()).add({ ...call('start_process'), undo })
    expect((await at.open()).list({ limit: 1 })[0]).not.toHaveProperty('undo')
  })

  it('takes at most 8 MiB: the oldest goes first', async () => {
    await using at = await openActivity()
    const activity = await at.open()
    const large = { ...undo, body: { note: 'x'.repeat(3 << 20) } }
    for (const action of ['a', 'b', 'c']) await activity.add({ ...call(action), undo: large })
    expect(activity.list({ limit: 3 }).map(entry => entry.undo !== undefined)).toEqual([true, true, false])
  })
})
