import { describe, expect, it } from 'vitest'
import { IdleEnd } from '../../../server/idle-end'

const MINUTES = 60_000

function watch() {
  const world = { now: 0, isBusy: false, uses: 0, ends: 0 }
  const idle = new IdleEnd({
    limitMs: 30 * MINUTES,
    isBusy: () => world.isBusy,
    uses: () => world.uses,
    end: () => void world.ends++,
    now: () => world.now,
  })
  const pass = (minutes: number) => {
    for (let minute = 0; minute < minutes; minute++) {
      world.now += MINUTES
      idle.look()
    }
  }
  return Object.assign(world, { pass })
}

describe('a host in the background', () => {
  it('ends, once, after 30 minutes that nobody used', () => {
    const world = watch()
    world.pass(29)
    expect(world.ends).toBe(0)
    world.pass(1)
    expect(world.ends).toBe(1)
    world.pass(100)
    expect(world.ends).toBe(1)
  })

  it('stays while it is busy, and 30 minutes longer', () => {
    const world = watch()
    world.isBusy = true
    world.pass(500)
    world.isBusy = false
    world.pass(29)
    expect(world.ends).toBe(0)
    world.pass(1)
    expect(world.ends).toBe(1)
  })

  it('counts a use between two looks', () => {
    const world = watch()
    world.pass(25)
    world.uses++
    world.pass(30)
    expect(world.ends).toBe(0)
    world.pass(1)
    expect(world.ends).toBe(1)
  })
})
