import { failure, type VantageError } from '#shared/errors'
import type { Outcome } from '../thread'

/** A regular expression of a user, and the field of the request that it came in. */
export interface UserPattern { pattern: string, flags: string, field: string }

/**
 * Gives the flags of a pattern that can be compiled, without `g` and `y`: they would carry a position from one line to the next.
 * Throws `VALIDATION_FAILED` with the field and the pattern for an invalid one.
 */
export function checkedFlags({ pattern, flags, field }: UserPattern): string {
  const kept = flags.replace(/[gy]/g, '')
  try {
    void new RegExp(pattern, kept)
    return kept
  }
  catch (cause) {
    throw refuse({ pattern, field }, 'is not a valid regular expression', cause)
  }
}

/** Makes the refusal of a pattern at which the thread fell silent or came to its end. */
export function refuseSlow(pattern: Omit<UserPattern, 'flags'>, kind: Exclude<Outcome['kind'], 'answer'>): VantageError {
  return refuse(pattern, kind === 'silence' ? 'takes too long' : 'takes too much memory')
}

function refuse({ pattern, field }: Omit<UserPattern, 'flags'>, reason: string, cause?: unknown): VantageError {
  const shown = pattern.length > 100 ? `${pattern.slice(0, 100)}…` : pattern
  return failure('VALIDATION_FAILED', { problems: [{ field, reason: `the pattern "${shown}" ${reason}` }] }, cause)
}
