import type { RestartRules } from '#shared/schemas/supervision'

/** How a run ended by itself, or that it could not begin. */
export interface EndedRun {
  /** It counts as failed: by its exit, by a probe or a limit, or because the start could not happen. */
  isFailed: boolean
  /** How long it ran; undefined when the start could not happen. */
  ranMs: number | undefined
  /** Why it ended, in words: "exited with code 1". */
  reason: string
}

export type RestartDecision
  = | { kind: 'none' }
    | { kind: 'restart', count: number, delayMs: number }
    | { kind: 'give_up', reason: string }

/** A pause is spread by this share to both sides, so that what fell together does not come back together. */
const JITTER = 0.2

/**
 * Decides what follows when a run has ended by itself (CONTRACT §3, `restart`). `count` is the number of restarts in a
 * row so far, `random` gives numbers from 0 to 1. The pause is `backoff_ms`·2^count ±20 %, never above `max_backoff_ms`.
 */
export function decideRestart(rules: RestartRules, ended: EndedRun, count: number, random: () => number = Math.random): RestartDecision {
  if (rules.policy === 'no' || (rules.policy === 'on_failure' && !ended.isFailed)) return { kind: 'none' }
  const inRow = ended.ranMs !== undefined && ended.ranMs >= rules.reset_after_ms ? 0 : count
  if (inRow >= rules.max_retries) return { kind: 'give_up', reason: `gave up after ${restarts(inRow)}: ${ended.reason}` }
  return { kind: 'restart', count: inRow + 1, delayMs: pause(rules, inRow, random()) }
}

/** Spread below the cap too: cut off there, most of the later pauses would be equal. */
function pause({ backoff_ms: backoffMs, max_backoff_ms: capMs }: RestartRules, count: number, random: number): number {
  const middle = Math.min(backoffMs * 2 ** Math.min(count, 32), capMs)
  const least = middle * (1 - JITTER)
  const most = Math.min(middle * (1 + JITTER), capMs)
  return Math.round(least + (most - least) * random)
}

function restarts(count: number): string {
  return count === 1 ? '1 restart' : `${count} restarts in a row`
}
