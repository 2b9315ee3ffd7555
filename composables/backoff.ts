const FIRST_MS = 500
const LONGEST_MS = 10_000

/** Milliseconds to wait before attempt `attempt` (from 0): doubles from 0.5 to 10 seconds. */
export function backoffMs(attempt: number): number {
  return Math.min(FIRST_MS * 2 ** Math.min(attempt, 10), LONGEST_MS)
}
