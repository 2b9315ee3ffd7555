import type { RunEnd } from '#shared/lifecycle'

/** Says in words how a run ended: "exited with code 1". */
export function endInWords(end: RunEnd): string {
  if (end.kind === 'code') return `exited with code ${end.code}`
  return end.kind === 'signal' ? `ended by ${end.signal}` : 'exit code lost'
}
