import { describe, expect, it } from 'vitest'
import { linux, parseStat } from '../../../../../server/core/supervise/linux'

describe('parseStat', () => {
  it('takes the fields after the last parenthesis, whatever the name holds', () => {
    const line = '42 (a) R) (b) S 1 42 41 0 -1 4194304 89 0 0 0 7 5 0 0 20 0 1 0 180010 2654208 382'
    expect(parseStat(line)).toMatchObject({
      pid: 42, parent: 1, group: 42, session: 41, startTime: '180010', isZombie: false, isStopped: false, cpuMs: 120, memoryBytes: 382 * 4096,
    })
  })

  it('refuses a cut line', () => {
    expect(parseStat('42 (sh) S 1 42')).toBeUndefined()
    expect(parseStat('')).toBeUndefined()
  })

  it('reads this process', () => {
    expect(linux.stat(process.pid)).toMatchObject({ pid: process.pid, isZombie: false })
    expect(linux.stat(process.pid)?.image).toBe(linux.stat(process.pid)?.image)
    expect(linux.stat(process.pid)?.image).not.toBe(linux.stat(process.ppid)?.image)
    expect(linux.stat(4_194_304)).toBeUndefined()
  })
})
