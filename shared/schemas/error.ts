import { z } from 'zod'
import { catalogue, type ErrorCode } from '../errors'

const isCode = (name: string): name is ErrorCode => Object.hasOwn(catalogue, name)

/** Every code of the catalogue, in its order. */
export const ERROR_CODES: readonly ErrorCode[] = Object.keys(catalogue).filter(isCode)

/** An error of the catalogue on the wire: `details` names each wrong field of a `VALIDATION_FAILED`. */
export const ErrorBody = z.strictObject({
  code: z.literal(ERROR_CODES),
  message: z.string().describe('What happened, with the value.'),
  hint: z.string().describe('What to do next.'),
  details: z.array(z.strictObject({ field: z.string(), reason: z.string() })).optional(),
})

/** The body of every refused request. */
export const ErrorAnswer = z.strictObject({ error: ErrorBody })
