import type { Probe } from './readiness-probe'

/** Ready when the time since the start of the run has passed: a host that comes later waits only for the rest. */
export const checkDelay: Probe = async ({ rules: { delay_ms: delayMs = 0 }, run, clock }, signal) => {
  await clock.sleep(Math.max(0, run.startedAt.getTime() + delayMs - clock.now()), signal)
  return undefined
}
