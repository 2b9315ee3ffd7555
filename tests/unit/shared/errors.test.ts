import { describe, expect, it } from 'vitest'
import { failure, toVantageError, VantageError } from '#shared/errors'

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
