/** What the meter reads; all in microseconds. */
export interface CpuClock {
  /** CPU time this process has used. */
  used: () => number
  /** A clock that never goes back. */
  now: () => number
}

const SHORTEST_US = 500_000

const real: CpuClock = {
  used: () => {
    const { user, system } = process.cpuUsage()
    return user + system
  },
  now: () => performance.now() * 1000,
}

/**
 * Makes a meter that tells the CPU use of this process since it was last read, in percent of one core.
 * Reads within half a second share one measurement: a shorter one says little.
 */
export function createCpuMeter(clock: CpuClock = real): () => number {
  let last = { at: clock.now(), used: clock.used() }
  let percent: number | undefined
  return () => {
    const at = clock.now()
    const elapsed = at - last.at
    if (percent !== undefined && elapsed < SHORTEST_US) return percent
    const used = clock.used()
    percent = elapsed > 0 ? Math.round((used - last.used) / elapsed * 1000) / 10 : 0
    last = { at, used }
    return percent
  }
}
