import { describe, expect, it } from 'vitest'
import { formProblems, toFieldErrors } from '~/composables/definition-errors'
import { argumentRow, toForm, variableRow } from '~/composables/definition-form'
import { dependencyRow } from '~/composables/supervision-form'
import { RequestError } from '~/stores/request'

const refused = (code: string, message: string, details?: { field: string, reason: string }[]) => new RequestError({ code, message, hint: '', details })

describe('the problems of a form', () => {
  it('are a value without a name, and a name or dependency given twice', () => {
    const form = toForm()
    form.env = [variableRow('A', '1'), variableRow('', '2'), variableRow('A', '3')]
    form.dependsOn = [dependencyRow('db'), dependencyRow(), dependencyRow(' db'), dependencyRow()]
    expect(Object.entries(formProblems(form)).map(([field, { key }]) => [field, key]))
      .toEqual([['env.1', 'form.env_unnamed'], ['env.2', 'form.env_twice'], ['depends_on.2', 'form.depends_twice']])
  })

  it('are texts where numbers belong, and a way of being ready without its value', () => {
    const form = toForm()
    Object.assign(form, { maxRetries: 'x', stopGrace: '1,5', memoryLimit: '12', readyKind: 'tcp', readyValue: 'port' })
    expect(Object.keys(formProblems(form))).toEqual(['restart.max_retries', 'ready', 'stop.grace_ms'])
    Object.assign(form, { maxRetries: '', stopGrace: ' ', readyKind: 'log', readyValue: '' })
    expect(formProblems(form)).toEqual({ ready: { key: 'form.needed', name: '' } })
  })
})

describe('where a refusal lands', () => {
  const form = toForm()
  form.args = [argumentRow(), argumentRow('first'), argumentRow('second')]
  form.env = [variableRow('PATH', 'x'), variableRow('LD_PRELOAD', 'y')]
  form.dependsOn = [dependencyRow('db'), dependencyRow('cache')]

  it('takes the fields of the details, counting only the rows that were sent', () => {
    const errors = toFieldErrors(refused('VALIDATION_FAILED', 'm', [
      { field: 'id', reason: 'a' }, { field: 'args.1', reason: 'b' }, { field: 'env.LD_PRELOAD', reason: 'c' }, { field: 'watch.paths', reason: 'd' },
    ]), form)
    expect(errors).toEqual({ 'id': 'a', 'args.2': 'b', 'env.1': 'c', 'form': 'watch.paths: d' })
  })

  it('finds the parts of the supervision', () => {
    const placeOf = (field: string) => Object.keys(toFieldErrors(refused('VALIDATION_FAILED', 'm', [{ field, reason: 'r' }]), form)).join()
    expect(['ready.http', 'ready', 'ready.timeout_ms', 'restart.max_retries', 'restart.backoff_ms'].map(placeOf))
      .toEqual(['ready', 'ready', 'ready.timeout_ms', 'restart.max_retries', 'restart'])
    expect(['stop.signal', 'stop.grace_ms', 'env_file.0', 'limits.memory_bytes', 'limits.open_files', 'depends_on.cache', 'depends_on.gone'].map(placeOf))
      .toEqual(['stop', 'stop.grace_ms', 'env_file', 'limits.memory_bytes', 'form', 'depends_on.1', 'depends_on'])
  })

  it('takes the field of the code where there are no details', () => {
    const fieldOf = (code: string, message = 'm') => Object.keys(toFieldErrors(refused(code, message), form))
    expect(fieldOf('PROCESS_EXISTS')).toEqual(['id'])
    expect(['UNSAFE_COMMAND', 'COMMAND_NOT_FOUND', 'COMMAND_NOT_EXECUTABLE'].flatMap(code => fieldOf(code))).toEqual(['command', 'command', 'command'])
    expect(['UNSAFE_CWD', 'CWD_NOT_FOUND'].flatMap(code => fieldOf(code))).toEqual(['cwd', 'cwd'])
    expect(fieldOf('DEPENDENCY_CYCLE')).toEqual(['depends_on'])
    expect(fieldOf('UNSAFE_ENV', 'The environment may not set "LD_PRELOAD".')).toEqual(['env.1'])
    expect(fieldOf('UNSAFE_ENV', 'something else')).toEqual(['env'])
    expect(fieldOf('STORAGE_FAILED')).toEqual([])
  })
})
