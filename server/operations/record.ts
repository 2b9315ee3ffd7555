import { cleanLine, clipLine } from '#shared/clean-text'
import { maskSecrets } from '#shared/mask-secrets'
import { secretsIn } from '../core/process/secrets'
import type { CallContext, Told } from './define'
import { toSafeArguments } from './safe-arguments'

interface Call { action: string, input: unknown }

interface Outcome {
  /** `ok`, or the code of the error. */
  result: string
  told: Told | undefined
}

/** Adds a call that has ended to the activity, without secrets. */
export async function record({ action, input }: Call, { result, told }: Outcome, { actor, vantage }: CallContext): Promise<void> {
  const id = told?.processId ?? textOf(input, 'id')
  const known = id === undefined ? undefined : vantage.processes.definitionOf(id)
  const secrets = [...secretsIn({ ...known?.env }), ...secretsIn(environmentOf(input))]
  await vantage.activity.add({
    actor,
    action,
    ...(id !== undefined && { process_id: id }),
    arguments: toSafeArguments(input, secrets),
    result,
    summary: clipLine(maskSecrets(cleanLine(told?.summary ?? action.replaceAll('_', ' ')), secrets)),
    ...(told?.undo && { undo: told.undo }),
  })
}

function textOf(input: unknown, field: string): string | undefined {
  const value = fieldOf(input, field)
  return typeof value === 'string' ? value : undefined
}

function environmentOf(input: unknown): Record<string, string> {
  const env = fieldOf(input, 'env')
  const entries: [string, unknown][] = typeof env === 'object' && env !== null ? Object.entries(env) : []
  return Object.fromEntries(entries.flatMap(([name, value]) => typeof value === 'string' ? [[name, value]] : []))
}

function fieldOf(input: unknown, field: string): unknown {
  return typeof input === 'object' && input !== null ? new Map<string, unknown>(Object.entries(input)).get(field) : undefined
}
