import { describe, expect, it } from 'vitest'
import type { ActivityEntry, UndoCall } from '#shared/schemas/activity'
import type { ProcessInfo } from '#shared/schemas/process-info'
import { isUndoable, lossOf } from '~/composables/undo-rules'
import { activityEntry } from '../activity-entry'
import { processInfo } from '../process-info'

const MINUTE = 60_000
const start: UndoCall = { method: 'POST', path: '/api/processes/web/start' }
const stop: UndoCall = { method: 'POST', path: '/api/processes/web/stop' }
const restore: UndoCall = { method: 'POST', path: '/api/processes', body: { id: 'web' } }
const put: UndoCall = { method: 'PUT', path: '/api/processes/web', body: { id: 'web' } }
const remove: UndoCall = { method: 'DELETE', path: '/api/processes/web?force=true' }
const stopGroup: UndoCall = { method: 'POST', path: '/api/groups/shop/stop' }

const idle = processInfo({ group: 'shop' })
const running = processInfo({ group: 'shop', state: 'Running', phase: 'running', run: 1 })
const stopped = activityEntry({ undo: start })
const started = activityEntry({ action: 'start_process', undo: stop })
const changed = activityEntry({ action: 'update_process', undo: put })
const created = activityEntry({ action: 'create_process', undo: remove })
const removed = activityEntry({ action: 'remove_process', undo: restore })
const groupStarted = activityEntry({ action: 'start_group', process_id: undefined, arguments: { group: 'shop' }, undo: stopGroup })

interface Present { process?: ProcessInfo | null, later?: Partial<ActivityEntry>[], after?: number }

function view(entry: ActivityEntry, { process = idle, later = [], after = 0 }: Present) {
  const entries = [...later.map((part, index) => activityEntry({ seq: 2 + index, ...part })), entry]
  return isUndoable(entry, { entries, processes: new Map(process ? [[process.id, process]] : []), now: Date.parse(entry.at) + after })
}

describe('an undo', () => {
  it('is offered for ten minutes, and not where the host does not know it', () => {
    expect([0, 10 * MINUTE - 1, 10 * MINUTE].map(after => view(stopped, { after }))).toEqual([true, true, false])
    expect(view(activityEntry({}), {})).toBe(false)
  })

  it.each([
    ['a start', stopped, idle, running],
    ['a stop', started, running, idle],
    ['a restored process', removed, null, idle],
    ['an earlier definition', changed, idle, null],
    ['a removal', created, idle, null],
  ])('by %s is offered while the process is as that needs it', (_, entry, fitting, other) => {
    expect([view(entry, { process: fitting }), view(entry, { process: other })]).toEqual([true, false])
  })

  it.each([
    ['of a stop', stopped, { action: 'restart_process' }, true],
    ['of a stop', stopped, { action: 'update_process' }, false],
    ['of a stop', stopped, { action: 'start_process', result: 'COMMAND_NOT_FOUND' }, false],
    ['of a stop', stopped, { action: 'start_process', process_id: 'db' }, false],
    ['of a stop', stopped, { action: 'start_group', process_id: undefined, arguments: { group: 'shop' } }, true],
    ['of a stop', stopped, { action: 'start_group', process_id: undefined, arguments: { group: 'other' } }, false],
    ['of a change', changed, { action: 'replace_process' }, true],
    ['of a change', changed, { action: 'restart_process' }, false],
    ['of a change', changed, { action: 'ensure_process' }, true],
    ['of a creation', created, { action: 'start_process' }, true],
    ['of a creation', created, { action: 'send_input' }, false],
  ])('%s is overtaken by what changes the same since: %#', (_, entry, later, isOvertaken) => {
    expect(view(entry, { later: [later] })).toBe(!isOvertaken)
  })

  it('of a group is overtaken by what is done to one of its processes', () => {
    expect(view(groupStarted, { process: running })).toBe(true)
    expect(view(groupStarted, { process: running, later: [{ action: 'stop_process' }] })).toBe(false)
    expect(view(groupStarted, { process: running, later: [{ action: 'stop_process', process_id: 'elsewhere' }] })).toBe(true)
  })

  it('asks first where it would remove or stop something', () => {
    expect([created, started, groupStarted, stopped, removed, changed].map(lossOf))
      .toEqual(['remove', 'stop', 'stop_group', undefined, undefined, undefined])
  })
})
