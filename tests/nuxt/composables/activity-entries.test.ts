import { describe, expect, it } from 'vitest'
import { aroundName, matchesFilter, subjectOf } from '~/composables/activity-entries'
import { activityEntry } from '../activity-entry'

describe('the entries of the activity', () => {
  it.each([
    ['Started web (pid 1) and db', 'web', 'Started ', ' (pid 1) and db'],
    ['Created a', 'a', 'Created ', ''],
    ['Changed web: env.PORT', 'web', 'Changed ', ': env.PORT'],
    ['Changed web-2 and web', 'web', 'Changed web-2 and ', ''],
    ['There is no process "a.b".', 'a.b', 'There is no process "', '".'],
  ])('are split around a name that is a word of its own: %s', (text, name, before, after) => {
    expect(aroundName(text, name)).toEqual({ before, after })
  })

  it('are not split where the name is but a part of a word', () => {
    expect(aroundName('Created web2', 'web')).toBeUndefined()
    expect(aroundName('Created api.web', 'web')).toBeUndefined()
  })

  it('are about a process, a group, or the host', () => {
    expect(subjectOf(activityEntry({}))).toEqual({ kind: 'process', name: 'web' })
    expect(subjectOf(activityEntry({ process_id: undefined, arguments: { group: 'shop' } }))).toEqual({ kind: 'group', name: 'shop' })
    expect(subjectOf(activityEntry({ process_id: undefined, arguments: { agents: 'allow' } }))).toBeUndefined()
  })

  it.each(['dashboard', 'cli', 'api'] as const)('of %s are by people', (kind) => {
    const entry = activityEntry({ actor: { kind, name: kind } })
    expect([matchesFilter(entry, { actor: 'agent' }), matchesFilter(entry, { actor: 'people' })]).toEqual([false, true])
  })

  it('of Vantage itself are by neither', () => {
    const own = activityEntry({ actor: { kind: 'system', name: 'vantage' } })
    expect([matchesFilter(own, {}), matchesFilter(own, { actor: 'agent' }), matchesFilter(own, { actor: 'people' })]).toEqual([true, false, false])
  })

  it('match a process and an actor together', () => {
    const filters = [{}, { process: 'web' }, { actor: 'agent', process: 'web' }, { actor: 'people', process: 'web' }, { process: 'db' }] as const
    expect(filters.map(filter => matchesFilter(activityEntry({}), filter))).toEqual([true, true, true, false, false])
  })
})
