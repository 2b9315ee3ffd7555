import type { CreateProcessRequest, ProcessDefinition, ProcessPatch } from '#shared/schemas/definition'
import { CreateProcessRequest as Request } from '#shared/schemas/definition'
import { parseInput } from '#shared/validation'

/**
 * Applies a partial change to a definition: fields are replaced whole, `env` merges by name, `null` clears
 * (CONTRACT §4, PATCH). Throws `VALIDATION_FAILED` when the whole is not a definition.
 */
export function mergePatch(definition: ProcessDefinition, patch: ProcessPatch): CreateProcessRequest {
  const { env, ...fields } = patch
  const merged = { ...definition, ...fields, ...(env !== undefined && { env: env && { ...definition.env, ...env } }) }
  const kept = Object.entries(merged)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, name === 'env' ? withoutNulls(value) : value])
  return parseInput(Request, Object.fromEntries(kept))
}

function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null))
}
