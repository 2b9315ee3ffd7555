import { describe, expect, it } from 'vitest'
import { RunGrouping } from '../../../../../server/core/supervise/group-by-run'
import { fakeSystem, statOf } from './fake-system'

const HOST = 50
const runs = new Map([
  ['api', { pid: 100, startTime: 's100', runId: 'A' }],
  ['web', { pid: 200, startTime: 's200', runId: 'B' }],
])

/** The host, and two runs under their shims; the shims carry the mark too. */
function machine() {
  const fake = fakeSystem(
    statOf(1), statOf(HOST),
    statOf(99, { parent: HOST }), statOf(100, { parent: 99 }),
    statOf(199, { parent: HOST }), statOf(200, { parent: 199 }),
  )
  for (const pid of [99, 100]) fake.marks.set(pid, 'A')
  for (const pid of [199, 200]) fake.marks.set(pid, 'B')
  const grouping = new RunGrouping(fake.system, HOST)
  return { ...fake, members: (id: string) => grouping.group(fake.stats(), runs).get(id)?.map(({ pid }) => pid) }
}

describe('RunGrouping', () => {
  it('takes the session of the leader and neither the shim nor what it started beside it', () => {
    const { set, marks, members } = machine()
    set(statOf(101, { session: 100 }))
    set(statOf(98, { parent: 99, session: 99 }))
    marks.set(98, 'A')
    expect(members('api')).toEqual([100, 101])
    expect(members('web')).toEqual([200])
  })

  it('takes descendants with a session of their own by their parents', () => {
    const { set, members } = machine()
    set(statOf(103, { parent: 102 }))
    set(statOf(102, { parent: 100 }))
    expect(members('api')).toEqual([100, 103, 102])
  })

  it('takes a daemon without parents by its mark, and its children', () => {
    const { set, marks, members } = machine()
    set(statOf(150))
    set(statOf(151, { parent: 150 }))
    marks.set(150, 'A')
    expect(members('api')).toEqual([100, 150, 151])
  })

  it('keeps a member that daemonises later, without any mark', () => {
    const { set, members } = machine()
    set(statOf(150, { parent: 100 }))
    expect(members('api')).toEqual([100, 150])
    set(statOf(150, { parent: 1 }))
    expect(members('api')).toEqual([100, 150])
  })

  it('does not take a stranger that got the pid of a member', () => {
    const { set, members } = machine()
    set(statOf(150, { parent: 100 }))
    expect(members('api')).toEqual([100, 150])
    set(statOf(150, { startTime: 'later' }))
    expect(members('api')).toEqual([100])
  })

  it('gives nothing for a run whose leader is gone or whose number is another\'s', () => {
    const { set, end, members } = machine()
    end(100)
    set(statOf(200, { startTime: 'later' }))
    expect(members('api')).toBeUndefined()
    expect(members('web')).toBeUndefined()
  })

  it('leaves out the host, also where a run had started it', () => {
    const { set, members } = machine()
    set(statOf(HOST, { parent: 100 }))
    set(statOf(160, { parent: HOST }))
    expect(members('api')).toEqual([100])
  })

  it('counts the processes of a host inside a run to that run', () => {
    const { set, marks, members } = machine()
    set(statOf(170, { parent: 100 }))
    set(statOf(171, { parent: 170 }))
    marks.set(171, 'of another host')
    expect(members('api')).toEqual([100, 170, 171])
  })

  it('reads each environment once', () => {
    const { set, looks, members } = machine()
    members('api')
    const before = looks.environments
    members('api')
    expect(looks.environments).toBe(before)
    set(statOf(180))
    members('api')
    members('api')
    expect(looks.environments).toBe(before + 1)
  })

  it('comes back from a circle of parents, which a recycled pid can make', () => {
    const { set, members } = machine()
    set(statOf(301, { parent: 302 }))
    set(statOf(302, { parent: 301 }))
    expect(members('api')).toEqual([100])
  })
})
