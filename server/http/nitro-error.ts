import { defineNitroErrorHandler } from 'nitropack/runtime'
import { failure, type VantageError } from '#shared/errors'
import { answerError } from './route'

/** Answers what Nitro and h3 throw themselves: in our shape, without their text. */
export default defineNitroErrorHandler((error, event) => {
  answerError(event, fromStatus(error.statusCode, event.path.split('?')[0] ?? '/', event.method) ?? error)
})

function fromStatus(status: number, path: string, method: string): VantageError | undefined {
  if (status === 404) return failure('NOT_FOUND', { path })
  if (status === 405) return failure('METHOD_NOT_ALLOWED', { method, path, allowed: ['GET', 'HEAD'] })
  return undefined
}
