import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeChanges } from '../../../plugin/scripts/changes.mjs'

const running = { state: 'Running', phase: 'running', run: 1 }
const crashed = { state: 'Failed', phase: 'idle', run: 1, exit_code: 1, failed_at: '2026-11-27T00:00:00.000Z' }

/** Without the words that stand around every change. */
const changes = (...looks: Parameters<typeof describeChanges>) => describeChanges(...looks)?.replace('Vantage, since your last message: ', '')

describe('describeChanges', () => {
  it('says nothing where nothing has changed', () => {
    expect(changes({}, {})).toBe(undefined)
    expect(changes({ api: running, old: crashed }, { api: { ...running, errors: 0 }, old: crashed })).toBe(undefined)
  })

  it.each([
    ['a crash with its errors', running, { ...crashed, errors: 2 }, 'api crashed (exit 1), 2 new errors. get_process_output id=api shows why.'],
    ['a signal', running, { ...crashed, exit_code: undefined, signal: 'SIGSEGV' }, 'api crashed (SIGSEGV). get_process_output id=api shows why.'],
    ['a crash that is answered by a restart', running, { ...crashed, phase: 'backoff' }, 'api crashed (exit 1), will be restarted. get_process_output id=api shows why.'],
    ['a second crash', crashed, { ...crashed, run: 2 }, 'api crashed (exit 1). get_process_output id=api shows why.'],
    ['a second start that failed', { ...crashed, run: undefined }, { ...crashed, run: undefined, exit_code: undefined, failed_at: 'later' }, 'api failed. get_process_output id=api shows why.'],
    ['errors of one that goes on', running, { ...running, errors: 1 }, 'api 1 new error. get_process_output id=api shows why.'],
    ['more errors than are counted', running, { ...running, errors: 100 }, 'api 100 or more new errors. get_process_output id=api shows why.'],
    ['a restart', running, { ...running, run: 2 }, 'api was restarted (run 2).'],
    ['a start', { ...crashed }, { ...running, run: 2 }, 'api was started (run 2).'],
    ['a stop', running, { state: 'Stopped', phase: 'idle', run: 1, signal: 'SIGTERM' }, 'api was stopped.'],
    ['an end', running, { state: 'Stopped', phase: 'idle', run: 1, exit_code: 0 }, 'api ended (exit 0).'],
    ['a server that hangs', { ...running, phase: 'ready' }, { ...running, phase: 'unready' }, 'api does not answer any more.'],
    ['a new one that has crashed', undefined, crashed, 'api crashed (exit 1). get_process_output id=api shows why.'],
  ])('tells %s', (_, before, now, told) => {
    expect(changes(before ? { api: before } : {}, { api: now })).toBe(told)
  })

  it('says nothing of a new one that runs, and tells of one that was removed', () => {
    expect(changes({}, { api: running })).toBe(undefined)
    expect(changes({ api: running }, {})).toBe('api was removed.')
  })

  it('begins with what is bad and stays one line', () => {
    const names = Array.from({ length: 12 }, (_, at) => `p${at}`)
    const before = Object.fromEntries(names.map(name => [name, running]))
    const now = Object.fromEntries(names.map((name, at) => [name, at === 11 ? crashed : { ...running, run: 2 }]))
    expect(changes(before, now)).toBe(
      'p11 crashed (exit 1); p0 was restarted (run 2); p1 was restarted (run 2); p2 was restarted (run 2); p3 was restarted (run 2); 7 more. '
      + 'get_process_output id=p11 shows why.',
    )
  })
})

describe('the plugin', () => {
  const read = (file: string) => JSON.parse(readFileSync(join(import.meta.dirname, '../../..', file), 'utf8'))

  it('has the version of the package, which ships it', () => {
    expect(read('plugin/.claude-plugin/plugin.json').version).toBe(read('package.json').version)
    expect(read('package.json').files).toEqual(expect.arrayContaining(['plugin', '.claude-plugin']))
  })
})
