import { describe, expect, it } from 'vitest'
import { FloodGauge } from '../../../../../../server/core/logs/digest/flood-gauge'

const MB = 1024 * 1024

describe('FloodGauge', () => {
  it('takes a log for a flood until a second has shown that it is none', () => {
    const gauge = new FloodGauge()
    expect(gauge.note(5 * MB, 0)).toBe(true)
    expect(gauge.note(6 * MB, 999)).toBe(true)
    expect(gauge.note(9 * MB, 1000)).toBe(false)
    expect(gauge.note(90 * MB, 1500)).toBe(false)
  })

  it('tells when a flood begins and ends', () => {
    const gauge = new FloodGauge()
    gauge.note(0, 0)
    expect([1, 2, 3, 4].map(second => gauge.note(second * 4 * MB, second * 1000))).toEqual([false, false, false, false])
    expect(gauge.note(40 * MB, 5000)).toBe(true)
    expect(gauge.note(41 * MB, 6000)).toBe(false)
  })

  it('begins anew with a run that has written less', () => {
    const gauge = new FloodGauge()
    gauge.note(100 * MB, 0)
    expect(gauge.note(1 * MB, 500)).toBe(true)
    expect(gauge.note(2 * MB, 1500)).toBe(false)
  })
})
