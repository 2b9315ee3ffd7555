/** Time as the policies see it; a test hands in one of its own. */
export interface Clock {
  /** Wall time, in ms since 1970. */
  time: () => number
  /** A time that never jumps, in ms; only differences mean something. */
  now: () => number
  /** Calls `task` every `ms` until the answer is called. */
  every: (ms: number, task: () => void) => () => void
  /** Calls `task` once after `ms` unless the answer is called before. */
  after: (ms: number, task: () => void) => () => void
}

/** The time of the machine. None of its timers keeps the host alive. */
export const systemClock: Clock = {
  time: () => Date.now(),
  now: () => performance.now(),
  every: (ms, task) => {
    const timer = setInterval(task, ms).unref()
    return () => clearInterval(timer)
  },
  after: (ms, task) => {
    const timer = setTimeout(task, ms).unref()
    return () => clearTimeout(timer)
  },
}
