import type { z } from 'zod'
import { failure, type FieldProblem } from './errors'

const MAX_DEPTH = 16

/**
 * Checks `raw` against `schema` and gives the parsed value.
 * Throws `VALIDATION_FAILED` with one entry per wrong or unknown field.
 */
export function parseInput<S extends z.ZodType>(schema: S, raw: unknown): z.output<S> {
  const hidden = hiddenKey(raw)
  if (hidden) throw failure('VALIDATION_FAILED', { problems: [hidden] })
  const result = schema.safeParse(raw)
  if (result.success) return result.data
  throw failure('VALIDATION_FAILED', { problems: result.error.issues.flatMap(toProblems) })
}

function toProblems(issue: z.core.$ZodIssue): FieldProblem[] {
  const at = issue.path.map(String)
  if (issue.code === 'invalid_key') return [{ field: at.join('.'), reason: issue.issues[0]?.message ?? issue.message }]
  if (issue.code !== 'unrecognized_keys') return [{ field: at.join('.'), reason: issue.message }]
  return issue.keys.map(key => ({ field: [...at, key].join('.'), reason: 'is not a known field' }))
}

/** Finds `__proto__` as a key: schemas would drop it without a word. */
function hiddenKey(value: unknown, path: string[] = []): FieldProblem | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (path.length > MAX_DEPTH) return { field: path.join('.'), reason: 'is nested too deep' }
  if (Object.hasOwn(value, '__proto__')) return { field: [...path, '__proto__'].join('.'), reason: 'is not an allowed name' }
  for (const [key, inner] of Object.entries(value)) {
    const found = hiddenKey(inner, [...path, key])
    if (found) return found
  }
  return undefined
}
