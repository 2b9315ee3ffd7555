import type { RequestError } from '~/stores/request'
import { passedRows, type DefinitionForm } from './definition-form'
import { typedNumber } from './supervision-form'

/** Which field a problem belongs to: `id`, `args.0` (row), `env.0` (row), `env`, `ready`, …, or `form` for none. */
export type FieldErrors = Record<string, string>

type Problems = Record<string, { key: string, name: string }>

/** What only the form can know: what is missing, given twice, or no number. Gives the key of the text by field. */
export function formProblems(form: DefinitionForm): Problems {
  return { ...variableProblems(form), ...dependencyProblems(form), ...numberProblems(form) }
}

function variableProblems(form: DefinitionForm): Problems {
  const problems: Problems = {}
  const seen = new Set<string>()
  form.env.forEach(({ name, value }, index) => {
    if (name === '' && value !== '') problems[`env.${index}`] = { key: 'form.env_unnamed', name }
    if (name !== '' && seen.has(name)) problems[`env.${index}`] = { key: 'form.env_twice', name }
    seen.add(name)
  })
  return problems
}

function dependencyProblems(form: DefinitionForm): Problems {
  const names = form.dependsOn.map(({ id }) => id.trim())
  const twice = names.flatMap((name, index) => name !== '' && names.indexOf(name) < index ? [{ name, index }] : [])
  return Object.fromEntries(twice.map(({ name, index }) => [`depends_on.${index}`, { key: 'form.depends_twice', name }]))
}

function numberProblems(form: DefinitionForm): Problems {
  const isNumeric = form.readyKind === 'tcp' || form.readyKind === 'delay_ms'
  const numbers = {
    'restart.max_retries': form.maxRetries,
    'ready': isNumeric ? form.readyValue : '',
    'ready.timeout_ms': form.readyTimeout,
    'stop.grace_ms': form.stopGrace,
    'limits.memory_bytes': form.memoryLimit,
  }
  const wrong = Object.entries(numbers).filter(([, text]) => !Number.isFinite(typedNumber(text) ?? 0))
  const problems: Problems = Object.fromEntries(wrong.map(([field, name]) => [field, { key: 'form.no_number', name }]))
  if (form.readyKind !== '' && form.readyValue.trim() === '') problems.ready = { key: 'form.needed', name: '' }
  return problems
}

const FIELD_OF_CODE: Record<string, string> = {
  PROCESS_EXISTS: 'id',
  UNSAFE_COMMAND: 'command',
  COMMAND_NOT_FOUND: 'command',
  COMMAND_NOT_EXECUTABLE: 'command',
  UNSAFE_CWD: 'cwd',
  CWD_NOT_FOUND: 'cwd',
  UNSAFE_ENV: 'env',
  DEPENDENCY_CYCLE: 'depends_on',
}

/** Fields that the form shows as one; of those with parts, the parts that it shows on their own. */
const SHOWN: Record<string, readonly string[]> = {
  id: [], command: [], cwd: [], description: [], group: [], env_file: [], stdin: [], output: [], lifetime: [], agents: [],
  restart: ['max_retries'], ready: ['timeout_ms'], stop: ['grace_ms'], limits: ['memory_bytes'],
}

/** Puts a refusal at its fields: by `details`, else by its code; what belongs to no field is at `form`. */
export function toFieldErrors(error: RequestError, form: DefinitionForm): FieldErrors {
  if (error.details.length > 0) {
    const errors: FieldErrors = {}
    for (const { field, reason } of error.details) {
      const place = toFormField(field, form)
      errors[place] ??= place === 'form' && field !== '' ? `${field}: ${reason}` : reason
    }
    return errors
  }
  const field = FIELD_OF_CODE[error.code]
  if (field === undefined) return {}
  return { [field === 'env' ? namedVariable(error.message, form) : field]: error.message }
}

/** The place in the form that `args.1`, `env.NAME` or `ready.http` of the host means; rows left empty are not counted by the host. */
function toFormField(field: string, form: DefinitionForm): string {
  const [head = '', ...rest] = field.split('.')
  const key = rest.join('.')
  if (head === 'args') return key === '' ? head : `args.${passedRows(form)[Number(key)]?.index ?? 0}`
  if (head === 'env') return rowOr(head, form.env.findIndex(({ name }) => name === key))
  if (head === 'depends_on') return rowOr(head, form.dependsOn.findIndex(({ id }) => id.trim() === key))
  const parts = Object.hasOwn(SHOWN, head) ? SHOWN[head] : undefined
  if (!parts || (head === 'limits' && !parts.includes(key))) return 'form'
  return parts.includes(key) ? `${head}.${key}` : head
}

const rowOr = (list: string, index: number) => index < 0 ? list : `${list}.${index}`

function namedVariable(message: string, form: DefinitionForm): string {
  return rowOr('env', form.env.findIndex(({ name }) => name !== '' && message.includes(`"${name}"`)))
}
