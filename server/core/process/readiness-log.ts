import type { Probe } from './readiness-probe'

/** Ready when a line of the run matches, one that it wrote before anybody looked included. This try waits for it. */
export const checkLog: Probe = async ({ rules: { log = '' }, lines, matcher }, signal) => {
  for await (const batch of lines(signal)) {
    if (await matcher.match(log, '', batch, { field: 'ready.log' }) >= 0) return undefined
    signal.throwIfAborted()
  }
  return `no line of its log matches "${log}"`
}
