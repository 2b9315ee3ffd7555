import type { CreateProcessRequest, ProcessDefinition, ProcessPatch } from '#shared/schemas/definition'
import { CreateProcessRequest as Request } from '#shared/schemas/definition'
import { parseInput } from '#shared/validation'

/**
 * Applies a partial change to a definition: fields are replaced whole, `env` and `depends_on` merge by key, `null` clears
 * (CONTRACT §4, PATCH). Throws `VALIDATION_FAILED` when the whole is not a definition.
 */
export function mergePatch(definition: ProcessDefinition, patch: ProcessPatch): CreateProcessRequest {
  const { env, depends_on: dependsOn, ...fields } = patch
  const merged = {
    ...definition,
    ...fields,
    ...(env !== undefined && { env: env && withoutNulls({ ...definition.env, ...env }) }),
    ...(dependsOn !== undefined && { depends_on: dependsOn && withoutNulls({ ...definition.depends_on, ...dependsOn }) }),
  }
  return parseInput(Request, withoutNulls(merged))
}

function withoutNulls(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
}
