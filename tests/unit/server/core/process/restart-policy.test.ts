import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RestartRules } from '#shared/schemas/supervision'
import { decideRestart, type EndedRun } from '../../../../../server/core/process/restart-policy'

const failed: EndedRun = { isFailed: true, ranMs: 10, reason: 'exited with code 1' }
const finished: EndedRun = { isFailed: false, ranMs: 10, reason: 'exited with code 0' }
const middle = () => 0.5

describe('decideRestart', () => {
  it.each([
    ['no', failed, 'none'],
    ['no', finished, 'none'],
    ['on_failure', failed, 'restart'],
    ['on_failure', finished, 'none'],
    ['always', failed, 'restart'],
    ['always', finished, 'restart'],
  ] as const)('follows the policy %s, case %#', (policy, ended, kind) => {
    expect(decideRestart(RestartRules.parse({ policy }), ended, 0).kind).toBe(kind)
  })

  it('doubles the pause with each restart up to the cap, and gives up with the reason', () => {
    const rules = RestartRules.parse({ policy: 'on_failure', max_retries: 5, backoff_ms: 100, max_backoff_ms: 1000 })
    const decisions = [0, 1, 2, 3, 4, 5].map(count => decideRestart(rules, failed, count, middle))
    expect(decisions).toEqual([
      { kind: 'restart', count: 1, delayMs: 100 },
      { kind: 'restart', count: 2, delayMs: 200 },
      { kind: 'restart', count: 3, delayMs: 400 },
      { kind: 'restart', count: 4, delayMs: 800 }, // spread over 640 to 960
      { kind: 'restart', count: 5, delayMs: 900 }, // spread over 800 to the cap
      { kind: 'give_up', reason: 'gave up after 5 restarts in a row: exited with code 1' },
    ])
  })

  it('starts the count afresh after a run that lasted long enough', () => {
    const rules = RestartRules.parse({ policy: 'on_failure', reset_after_ms: 60_000 })
    expect(decideRestart(rules, { ...failed, ranMs: 60_000 }, 10, middle)).toEqual({ kind: 'restart', count: 1, delayMs: 500 })
    expect(decideRestart(rules, { ...failed, ranMs: 59_999 }, 10, middle).kind).toBe('give_up')
  })

  it('counts a start that could not happen as a failure that resets nothing', () => {
    const rules = RestartRules.parse({ policy: 'on_failure', max_retries: 1, reset_after_ms: 0 })
    const noStart: EndedRun = { isFailed: true, ranMs: undefined, reason: 'The command "x" was not found.' }
    expect(decideRestart(rules, noStart, 0, middle)).toMatchObject({ kind: 'restart', count: 1 })
    expect(decideRestart(rules, noStart, 1, middle)).toEqual({ kind: 'give_up', reason: 'gave up after 1 restart: The command "x" was not found.' })
  })

  it('keeps every pause within 20 % of its middle and below the cap, for any rules', () => {
    const ms = fc.integer({ min: 0, max: 86_400_000 })
    const counts = fc.integer({ min: 0, max: 999_999 })
    fc.assert(fc.property(ms, ms, counts, fc.double({ min: 0, max: 1, noNaN: true }), (backoff, cap, count, random) => {
      const rules = RestartRules.parse({ policy: 'always', max_retries: 1_000_000, backoff_ms: backoff, max_backoff_ms: cap })
      const decision = decideRestart(rules, failed, count, () => random)
      const middleMs = Math.min(backoff === 0 ? 0 : backoff * 2 ** count, cap)
      expect(decision).toMatchObject({ kind: 'restart', count: count + 1 })
      if (decision.kind !== 'restart') return
      expect(decision.delayMs).toBeLessThanOrEqual(Math.min(cap, Math.ceil(middleMs * 1.2)))
      expect(decision.delayMs).toBeGreaterThanOrEqual(Math.floor(middleMs * 0.8))
    }))
  })
})
