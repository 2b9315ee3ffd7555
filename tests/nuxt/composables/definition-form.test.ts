import { describe, expect, it } from 'vitest'
import { argumentRow, formProblems, toBody, toFieldErrors, toForm, variableRow } from '~/composables/definition-form'
import { RequestError } from '~/stores/request'

const refused = (code: string, message: string, details?: { field: string, reason: string }[]) => new RequestError({ code, message, hint: '', details })

describe('the form of a definition', () => {
  it('sends what was typed, leaves empty rows and empty fields out, and passes an empty text where asked', () => {
    const form = toForm()
    form.id = 'web'
    form.command = 'node'
    form.args = [argumentRow(' a b '), argumentRow(), argumentRow('', true), argumentRow('$HOME "x"')]
    form.env = [variableRow('A', ''), variableRow()]
    expect(toBody(form)).toEqual({ id: 'web', command: 'node', args: [' a b ', '', '$HOME "x"'], env: { A: '' }, auto_start_on_restore: false })
  })

  it('gives back the definition it was filled with, with the fields it does not show', () => {
    const definition = {
      id: 'web', command: 'node', args: ['', 'x\ny'], env: { A: '1', B: '' }, cwd: '/srv', auto_start_on_restore: true,
      description: 'd', group: 'g', project: '/p', tags: ['t'],
    }
    expect(toBody(toForm(definition), definition)).toEqual(definition)
  })

  it('finds a value without a name and a name given twice', () => {
    const form = toForm()
    form.env = [variableRow('A', '1'), variableRow('', '2'), variableRow('A', '3')]
    expect(Object.entries(formProblems(form)).map(([field, { key }]) => [field, key]))
      .toEqual([['env.1', 'form.env_unnamed'], ['env.2', 'form.env_twice']])
  })
})

describe('where a refusal lands', () => {
  const form = toForm()
  form.args = [argumentRow(), argumentRow('first'), argumentRow('second')]
  form.env = [variableRow('PATH', 'x'), variableRow('LD_PRELOAD', 'y')]

  it('takes the fields of the details, counting only the rows that were sent', () => {
    const errors = toFieldErrors(refused('VALIDATION_FAILED', 'm', [
      { field: 'id', reason: 'a' }, { field: 'args.1', reason: 'b' }, { field: 'env.LD_PRELOAD', reason: 'c' }, { field: 'ready', reason: 'd' },
    ]), form)
    expect(errors).toEqual({ 'id': 'a', 'args.2': 'b', 'env.1': 'c', 'form': 'd' })
  })

  it('takes the field of the code where there are no details', () => {
    const fieldOf = (code: string, message = 'm') => Object.keys(toFieldErrors(refused(code, message), form))
    expect(fieldOf('PROCESS_EXISTS')).toEqual(['id'])
    expect(['UNSAFE_COMMAND', 'COMMAND_NOT_FOUND', 'COMMAND_NOT_EXECUTABLE'].flatMap(code => fieldOf(code))).toEqual(['command', 'command', 'command'])
    expect(['UNSAFE_CWD', 'CWD_NOT_FOUND'].flatMap(code => fieldOf(code))).toEqual(['cwd', 'cwd'])
    expect(fieldOf('UNSAFE_ENV', 'The environment may not set "LD_PRELOAD".')).toEqual(['env.1'])
    expect(fieldOf('UNSAFE_ENV', 'something else')).toEqual(['env'])
    expect(fieldOf('STORAGE_FAILED')).toEqual([])
  })
})
