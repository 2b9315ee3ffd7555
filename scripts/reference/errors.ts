import { exampleOf } from '../../shared/error-examples'
import { catalogue } from '../../shared/errors'
import { ERROR_CODES } from '../../shared/schemas/error'
import { paragraphs } from './markdown.ts'

/** Tells of all errors by status, each with what it might say. */
export function toErrors(): string {
  const statuses = [...new Set(ERROR_CODES.map(code => catalogue[code].status))].sort((a, b) => a - b)
  return paragraphs(
    '## Errors',
    'REST answers `{ "error": { code, message, hint, details? } }`, a tool `CODE: message` and the hint on the next line. `details` names each wrong field of a `VALIDATION_FAILED`.',
    ...statuses.map(status => paragraphs(`### ${status}`, ERROR_CODES.filter(code => catalogue[code].status === status).map(toError).join('\n\n'))),
  )
}

function toError(code: (typeof ERROR_CODES)[number]): string {
  const { message, hint } = exampleOf(code)
  return paragraphs(`#### ${code}`, `${message}<br>*${hint}*`)
}
