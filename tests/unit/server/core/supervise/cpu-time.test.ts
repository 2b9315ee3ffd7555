import { describe, expect, it } from 'vitest'
import { usedBetween } from '../../../../../server/core/supervise/cpu-time'
import type { ProcessStat } from '../../../../../server/core/supervise/operating-system'
import { statOf } from './fake-system'

const tree = (...stats: ProcessStat[]) => new Map(stats.map(stat => [stat.pid, stat]))
const sh = (cpuMs: number, endedChildrenCpuMs = 0) => statOf(1, { parent: 0, cpuMs, endedChildrenCpuMs })
const child = (cpuMs: number, endedChildrenCpuMs = 0) => statOf(2, { parent: 1, cpuMs, endedChildrenCpuMs })
const grandchild = (cpuMs: number) => statOf(3, { parent: 2, cpuMs })

describe('usedBetween', () => {
  it('adds up all members, and the whole life of a new one', () => {
    expect(usedBetween(tree(sh(10)), tree(sh(15), child(40)))).toBe(45)
  })

  it('counts a child that ended only as far as it was not counted before', () => {
    expect(usedBetween(tree(sh(10), child(40)), tree(sh(10, 70)))).toBe(30)
  })

  it('counts a child that began and ended between two looks', () => {
    expect(usedBetween(tree(sh(10)), tree(sh(10, 500)))).toBe(500)
  })

  it('counts a whole branch that ended by its nearest living ancestor', () => {
    expect(usedBetween(tree(sh(10), child(40), grandchild(100)), tree(sh(10, 160)))).toBe(20)
  })

  it('is not negative when a child ends whose parent does not collect it', () => {
    expect(usedBetween(tree(sh(10), child(5000)), tree(sh(30)))).toBe(20)
    expect(usedBetween(tree(sh(10), child(5000)), tree())).toBe(0)
  })

  it('takes a recycled pid for a new process', () => {
    const other = { ...child(30), startTime: 'later' }
    expect(usedBetween(tree(sh(10), child(100)), tree(sh(10, 100), other))).toBe(30)
  })

  it('does without the times of ended children', () => {
    expect(usedBetween(tree(statOf(1, { cpuMs: 10 })), tree(statOf(1, { cpuMs: 30 })))).toBe(20)
  })
})
