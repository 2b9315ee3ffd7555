import type { Clock } from '../../../../../server/core/supervise/clock'

interface Timer { at: number, every: number | undefined, task: () => void }

/** A clock that stands still until it is moved; its wall began on 1 January 2026. */
export function fakeClock() {
  const start = Date.UTC(2026, 0, 1)
  const timers = new Set<Timer>()
  let now = 0
  const add = (timer: Timer) => {
    timers.add(timer)
    return () => void timers.delete(timer)
  }
  const nextBefore = (end: number) => [...timers].filter(timer => timer.at <= end).sort((a, b) => a.at - b.at)[0]
  const clock: Clock = {
    time: () => start + now,
    now: () => now,
    every: (ms, task) => add({ at: now + ms, every: ms, task }),
    after: (ms, task) => add({ at: now + ms, every: undefined, task }),
  }
  return {
    ...clock,
    get timerCount() {
      return timers.size
    },
    /** Moves on by `ms` and runs what is due on the way. */
    pass(ms: number): void {
      const end = now + ms
      for (let timer = nextBefore(end); timer; timer = nextBefore(end)) {
        now = timer.at
        if (timer.every === undefined) timers.delete(timer)
        else timer.at += timer.every
        timer.task()
      }
      now = end
    },
  }
}
