import type { z } from 'zod'
import { toVantageError } from '#shared/errors'
import type { CallContext, Operation, Told } from './define'
import { checkPermission } from './permission'
import { record } from './record'

/**
 * Runs an operation for a caller with what its input schema has parsed: every way in goes through here. A call that is to
 * change something is refused where the caller may not, and recorded, whatever becomes of it.
 */
export async function perform<I extends z.ZodType, O extends z.ZodType>(
  operation: Operation<I, O>,
  input: z.output<I>,
  context: CallContext,
): Promise<z.output<O>> {
  if (operation.effect === 'read') return await operation.handler(input, { ...context, tell: () => {} })
  const said: { told?: Told } = {}
  const call = { action: operation.name, input }
  let output: z.output<O>
  try {
    checkPermission(operation, input, context)
    output = await operation.handler(input, { ...context, tell: told => void (said.told = told) })
  }
  catch (thrown) {
    const { code, message } = toVantageError(thrown)
    await record(call, { result: code, told: { summary: message } }, context)
    throw thrown
  }
  await record(call, { result: 'ok', told: said.told }, context)
  return output
}
