import { describe, expect, it } from 'vitest'
import { exampleOf } from '#shared/error-examples'
import { catalogue, failure, toVantageError, VantageError } from '#shared/errors'
import { ERROR_CODES } from '#shared/schemas/error'

/** The codes of the contract by their status, as far as this version has what they are about. */
const CONTRACT = {
  400: [
    'VALIDATION_FAILED', 'COMMAND_NOT_FOUND', 'COMMAND_NOT_EXECUTABLE', 'CWD_NOT_FOUND', 'UNSAFE_COMMAND', 'UNSAFE_CWD', 'UNSAFE_ENV',
    'SNAPSHOT_INVALID',
  ],
  401: ['UNAUTHORIZED'],
  403: ['FORBIDDEN_ORIGIN', 'FORBIDDEN_HOST', 'FORBIDDEN_USER', 'NOT_PERMITTED'],
  404: ['NOT_FOUND', 'PROCESS_NOT_FOUND', 'RUN_NOT_FOUND'],
  405: ['METHOD_NOT_ALLOWED'],
  409: [
    'PROCESS_EXISTS', 'ALREADY_RUNNING', 'NOT_RUNNING', 'PROCESS_RUNNING', 'DEPENDENCY_CYCLE', 'DEPENDENCY_FAILED', 'OTHER_PROJECT',
  ],
  413: ['PAYLOAD_TOO_LARGE'],
  415: ['UNSUPPORTED_MEDIA_TYPE'],
  500: ['INTERNAL'],
  503: ['SHUTTING_DOWN'],
  507: ['STORAGE_FAILED'],
}

/** More than a model should have to read of one mistake. */
const LONGEST_BYTES = 1024

describe('the catalogue', () => {
  it('has the codes of the contract with their status, and no others', () => {
    const statuses = new Map(Object.entries(CONTRACT).flatMap(([status, codes]) => codes.map(code => [code, Number(status)])))
    expect(new Map(ERROR_CODES.map(code => [code, catalogue[code].status]))).toEqual(statuses)
  })

  it.each(ERROR_CODES)('says %s and what to do next in less than 1 KB', (code) => {
    const { message, hint, details = [] } = exampleOf(code)
    expect(message).toMatch(/\S/)
    expect(hint).toMatch(/\S/)
    expect(Buffer.byteLength(JSON.stringify({ code, message, hint, details }))).toBeLessThan(LONGEST_BYTES)
  })
})

describe('failure', () => {
  it('says what happened with the value and what to do next', () => {
    const error = failure('PROCESS_NOT_FOUND', { id: 'wbe', nearest: ['web'] })
    expect(error).toBeInstanceOf(VantageError)
    expect(error.status).toBe(404)
    expect(error.toBody()).toEqual({
      code: 'PROCESS_NOT_FOUND',
      message: 'There is no process "wbe". Nearest: "web".',
      hint: 'Use one of the nearest ids, or list_processes to see all.',
    })
  })

  it('names a group that nobody belongs to, and the nearest groups', () => {
    expect(failure('PROCESS_NOT_FOUND', { group: 'bakc', nearest: ['back'] }).toBody()).toEqual({
      code: 'PROCESS_NOT_FOUND',
      message: 'No process is in a group "bakc". Nearest: "back".',
      hint: 'Use one of the nearest groups, or list_processes to see all.',
    })
    expect(failure('PROCESS_NOT_FOUND', { group: 'back', nearest: [] }).message).toBe('No process is in a group "back".')
  })

  it('carries one detail per wrong field', () => {
    const problems = [{ field: 'id', reason: 'is required' }]
    expect(failure('VALIDATION_FAILED', { problems }).toBody().details).toEqual(problems)
  })
})

describe('toVantageError', () => {
  it('never lets the text of a foreign error out', () => {
    const error = toVantageError(new Error('secret path'))
    expect(error.code).toBe('INTERNAL')
    expect(error.message).not.toContain('secret')
    expect(error.cause).toBeInstanceOf(Error)
  })
})
