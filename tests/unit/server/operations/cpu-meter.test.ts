import { describe, expect, it } from 'vitest'
import { createCpuMeter } from '../../../../server/operations/cpu-meter'

describe('createCpuMeter', () => {
  it('tells the use since it was last read', () => {
    const clock = { now: 0, used: 0 }
    const percent = createCpuMeter({ now: () => clock.now, used: () => clock.used })
    Object.assign(clock, { now: 1_000_000, used: 250_000 })
    expect(percent()).toBe(25)
    Object.assign(clock, { now: 2_000_000, used: 1_250_000 })
    expect(percent()).toBe(100)
  })

  it('shares one measurement among reads in quick succession', () => {
    const clock = { now: 0, used: 0 }
    const percent = createCpuMeter({ now: () => clock.now, used: () => clock.used })
    Object.assign(clock, { now: 1_000_000, used: 500_000 })
    expect(percent()).toBe(50)
    Object.assign(clock, { now: 1_000_100, used: 500_100 })
    expect(percent()).toBe(50)
  })
})
