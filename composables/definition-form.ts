import type { ProcessDefinition } from '#shared/schemas/definition'
import type { DefinitionBody } from '~/stores/processes'
import type { RequestError } from '~/stores/request'

/** One argument in the form; an empty text is passed only when that was asked for. */
export interface ArgumentRow { key: number, text: string, isEmptyText: boolean }
export interface VariableRow { key: number, name: string, value: string }

/** A definition while it is edited. */
export interface DefinitionForm {
  id: string
  command: string
  args: ArgumentRow[]
  cwd: string
  env: VariableRow[]
  description: string
  group: string
  autoStart: boolean
}

/** Which field a problem belongs to: `id`, `args.0` (row), `env.0` (row), `env`, …, or `form` for none. */
export type FieldErrors = Record<string, string>

let rows = 0

export function argumentRow(text = '', isEmptyText = false): ArgumentRow {
  return { key: ++rows, text, isEmptyText }
}

export function variableRow(name = '', value = ''): VariableRow {
  return { key: ++rows, name, value }
}

/** The form of a definition; without one, an empty form with a row for each list. */
export function toForm(definition?: ProcessDefinition): DefinitionForm {
  const args = (definition?.args ?? []).map(text => argumentRow(text, text === ''))
  const env = Object.entries(definition?.env ?? {}).map(([name, value]) => variableRow(name, value))
  return {
    id: definition?.id ?? '',
    command: definition?.command ?? '',
    args: args.length > 0 ? args : [argumentRow()],
    cwd: definition?.cwd ?? '',
    env: env.length > 0 ? env : [variableRow()],
    description: definition?.description ?? '',
    group: definition?.group ?? '',
    autoStart: definition?.auto_start_on_restore ?? false,
  }
}

/** The rows that are passed as arguments, with the index each has in the form. */
function passedRows(form: DefinitionForm): { row: ArgumentRow, index: number }[] {
  return form.args.map((row, index) => ({ row, index })).filter(({ row }) => row.text !== '' || row.isEmptyText)
}

/** What the form sends: empty optional fields are left out, fields it does not show are kept from `definition`. */
export function toBody(form: DefinitionForm, definition?: ProcessDefinition): DefinitionBody {
  return {
    id: form.id,
    command: form.command,
    args: passedRows(form).map(({ row }) => row.text),
    env: Object.fromEntries(form.env.filter(({ name }) => name !== '').map(({ name, value }) => [name, value])),
    auto_start_on_restore: form.autoStart,
    ...(form.cwd ? { cwd: form.cwd } : {}),
    ...(form.description ? { description: form.description } : {}),
    ...(form.group ? { group: form.group } : {}),
    ...(definition?.project ? { project: definition.project } : {}),
    ...(definition?.tags ? { tags: definition.tags } : {}),
  }
}

/** What only the form can know: a value without a name, a name given twice. Gives the key of the text by field. */
export function formProblems(form: DefinitionForm): Record<string, { key: string, name: string }> {
  const problems: Record<string, { key: string, name: string }> = {}
  const seen = new Set<string>()
  form.env.forEach(({ name, value }, index) => {
    if (name === '' && value !== '') problems[`env.${index}`] = { key: 'form.env_unnamed', name }
    if (name !== '' && seen.has(name)) problems[`env.${index}`] = { key: 'form.env_twice', name }
    seen.add(name)
  })
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
}
const SHOWN = ['id', 'command', 'args', 'cwd', 'env', 'description', 'group']

/** Puts a refusal at its fields: by `details`, else by its code; what belongs to no field is at `form`. */
export function toFieldErrors(error: RequestError, form: DefinitionForm): FieldErrors {
  if (error.details.length > 0) {
    const errors: FieldErrors = {}
    for (const { field, reason } of error.details) errors[toFormField(field, form)] ??= reason
    return errors
  }
  const field = FIELD_OF_CODE[error.code]
  if (field === undefined) return {}
  return { [field === 'env' ? namedVariable(error.message, form) : field]: error.message }
}

/** The row of the form that `args.1` or `env.NAME` of the host means; rows left empty are not counted by the host. */
function toFormField(field: string, form: DefinitionForm): string {
  const [head = '', ...rest] = field.split('.')
  if (!SHOWN.includes(head)) return 'form'
  const key = rest.join('.')
  if (head === 'args' && key !== '') return `args.${passedRows(form)[Number(key)]?.index ?? 0}`
  if (head !== 'env' || key === '') return head
  const index = form.env.findIndex(({ name }) => name === key)
  return index < 0 ? 'env' : `env.${index}`
}

function namedVariable(message: string, form: DefinitionForm): string {
  const index = form.env.findIndex(({ name }) => name !== '' && message.includes(`"${name}"`))
  return index < 0 ? 'env' : `env.${index}`
}
