import type { CreateProcessRequest, ProcessDefinition } from '#shared/schemas/definition'
import { supervisionBody, toSupervisionForm, type SupervisionBody, type SupervisionForm } from './supervision-form'

/** A definition as the form sends it: what was left empty is left out. */
export type DefinitionBody = Omit<Partial<CreateProcessRequest>, keyof SupervisionBody> & SupervisionBody & { id: string }

/** One argument in the form; an empty text is passed only when that was asked for. */
export interface ArgumentRow { key: number, text: string, isEmptyText: boolean }
export interface VariableRow { key: number, name: string, value: string }

/** A definition while it is edited. */
export interface DefinitionForm extends SupervisionForm {
  id: string
  command: string
  args: ArgumentRow[]
  cwd: string
  env: VariableRow[]
  description: string
  group: string
  autoStart: boolean
}

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
    ...toSupervisionForm(definition),
  }
}

/** The rows that are passed as arguments, with the index each has in the form. */
export function passedRows(form: DefinitionForm): { row: ArgumentRow, index: number }[] {
  return form.args.map((row, index) => ({ row, index })).filter(({ row }) => row.text !== '' || row.isEmptyText)
}

/** The whole of what the form shows; empty optional fields are left out. `definition` is what it was filled with. */
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
    ...supervisionBody(form, definition),
  }
}
