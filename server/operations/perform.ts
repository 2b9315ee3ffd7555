import type { z } from 'zod'
import type { CallContext, Operation } from './define'

/** Runs an operation for a caller with what its input schema has parsed: every way in goes through here. */
export async function perform<I extends z.ZodType, O extends z.ZodType>(
  operation: Operation<I, O>,
  input: z.output<I>,
  context: CallContext,
): Promise<z.output<O>> {
  return await operation.handler(input, { ...context, tell: () => {} })
}
