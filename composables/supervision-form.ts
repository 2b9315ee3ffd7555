import type { ProcessDefinition } from '#shared/schemas/definition'
import type { AgentAccess } from '#shared/schemas/settings'
import type { SignalName } from '#shared/schemas/signal'
import type {
  Dependencies, DependencyCondition, EnvFiles, Limits, ReadyRules, RestartRules, StopRules,
} from '#shared/schemas/supervision'

export const RESTART_POLICIES: readonly RestartRules['policy'][] = ['no', 'on_failure', 'always']
export const READY_KINDS = ['log', 'http', 'tcp', 'command', 'delay_ms'] as const
export type ReadyKind = (typeof READY_KINDS)[number]
export const CONDITIONS: readonly DependencyCondition[] = ['started', 'ready', 'succeeded']
export const SIGNALS: readonly SignalName[] = [
  'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGKILL', 'SIGABRT', 'SIGALRM', 'SIGUSR1', 'SIGUSR2', 'SIGPIPE', 'SIGWINCH',
]

export const LIFETIMES = ['keep', 'session'] as const
export const AGENT_ACCESSES: readonly AgentAccess[] = ['allow', 'read_only']

export interface DependencyRow { key: number, id: string, condition: DependencyCondition }

/** How a process is supervised, while it is edited. Numbers are texts as typed: seconds, and MB of 1024² bytes. */
export interface SupervisionForm {
  restartPolicy: RestartRules['policy']
  maxRetries: string
  readyKind: ReadyKind | ''
  readyValue: string
  readyTimeout: string
  dependsOn: DependencyRow[]
  stopSignal: SignalName | ''
  stopGrace: string
  envFiles: string
  stdinOpen: boolean
  outputPipe: boolean
  memoryLimit: string
  lifetime: (typeof LIFETIMES)[number]
  agents: AgentAccess
}

/** The supervision as it is sent: what is left out of a part gets its default. */
export interface SupervisionBody {
  restart?: Partial<RestartRules>
  ready?: Partial<ReadyRules>
  depends_on?: Dependencies
  stop?: Partial<StopRules>
  env_file?: EnvFiles
  stdin?: 'none' | 'open'
  output?: 'file' | 'pipe'
  limits?: Limits
  lifetime?: (typeof LIFETIMES)[number]
  agents?: AgentAccess
}

const MEBI = 1024 ** 2
let rows = 0

export function dependencyRow(id = '', condition: DependencyCondition = 'ready'): DependencyRow {
  return { key: ++rows, id, condition }
}

/** The number that was typed; nothing for an empty field, NaN for what is no number. */
export function typedNumber(text: string): number | undefined {
  return text.trim() === '' ? undefined : Number(text)
}

const typed = (value: number | undefined, unit = 1) => value === undefined ? '' : String(value / unit)
const linesOf = (text: string) => text.split('\n').map(line => line.trim()).filter(line => line !== '')

export function toSupervisionForm(definition?: ProcessDefinition): SupervisionForm {
  const { restart, ready, stop, limits, env_file: files } = definition ?? {}
  const kind = READY_KINDS.find(name => ready?.[name] !== undefined)
  return {
    restartPolicy: restart?.policy ?? 'no',
    maxRetries: typed(restart?.max_retries),
    readyKind: kind ?? '',
    readyValue: ready && kind ? readyText(ready, kind) : '',
    readyTimeout: typed(ready?.timeout_ms, 1000),
    dependsOn: Object.entries(definition?.depends_on ?? {}).map(([id, condition]) => dependencyRow(id, condition)),
    stopSignal: stop?.signal ?? '',
    stopGrace: typed(stop?.grace_ms, 1000),
    envFiles: [files ?? []].flat().join('\n'),
    stdinOpen: definition?.stdin === 'open',
    outputPipe: definition?.output === 'pipe',
    memoryLimit: typed(limits?.memory_bytes, MEBI),
    lifetime: definition?.lifetime ?? 'keep',
    agents: definition?.agents ?? 'allow',
  }
}

/** A command is edited with one argument per line, a delay in seconds. */
function readyText(ready: ReadyRules, kind: ReadyKind): string {
  if (kind === 'command') return ready.command?.join('\n') ?? ''
  return kind === 'delay_ms' ? typed(ready.delay_ms, 1000) : String(ready[kind] ?? '')
}

/** What the form sends of the supervision; parts that it does not show are kept from `definition`. */
export function supervisionBody(form: SupervisionForm, definition?: ProcessDefinition): SupervisionBody {
  const dependencies = form.dependsOn.filter(({ id }) => id.trim() !== '').map(({ id, condition }) => [id.trim(), condition] as const)
  const parts: SupervisionBody = {
    restart: restartOf(form, definition),
    ready: readyOf(form, definition),
    depends_on: dependencies.length > 0 ? Object.fromEntries(dependencies) : undefined,
    stop: stopOf(form, definition),
    env_file: envFilesOf(form, definition),
    stdin: form.stdinOpen ? 'open' : definition?.stdin && 'none',
    output: form.outputPipe ? 'pipe' : definition?.output && 'file',
    limits: filled({ ...definition?.limits, memory_bytes: scaled(form.memoryLimit, MEBI) }),
    lifetime: form.lifetime === 'keep' ? definition?.lifetime && 'keep' : form.lifetime,
    agents: form.agents === 'allow' ? definition?.agents && 'allow' : form.agents,
  }
  return filled(parts) ?? {}
}

function restartOf({ restartPolicy: policy, maxRetries }: SupervisionForm, definition?: ProcessDefinition): SupervisionBody['restart'] {
  if (policy === 'no' && definition?.restart === undefined) return undefined
  return filled({ ...definition?.restart, policy, max_retries: typedNumber(maxRetries) })
}

function readyOf(form: SupervisionForm, definition?: ProcessDefinition): SupervisionBody['ready'] {
  if (form.readyKind === '') return undefined
  const before = definition?.ready
  const timeout = { timeout_ms: scaled(form.readyTimeout, 1000) }
  const isSame = before !== undefined && toSupervisionForm(definition).readyKind === form.readyKind
  // Status, host and whether it goes on belong to the way that was chosen: another way begins without them.
  if (!isSame) return filled({ interval_ms: before?.interval_ms, ...readyValue(form), ...timeout })
  const isUnchanged = readyText(before, form.readyKind) === form.readyValue
  return filled({ ...before, ...(isUnchanged ? {} : readyValue(form)), ...timeout })
}

function readyValue({ readyKind: kind, readyValue: text }: SupervisionForm): Partial<ReadyRules> {
  if (kind === 'command') return { command: linesOf(text) }
  if (kind === 'tcp') return { tcp: typedNumber(text) }
  if (kind === 'delay_ms') return { delay_ms: scaled(text, 1000) }
  return kind === '' ? {} : { [kind]: text }
}

function stopOf({ stopSignal, stopGrace }: SupervisionForm, definition?: ProcessDefinition): SupervisionBody['stop'] {
  const command = definition?.stop?.command
  return filled({ signal: stopSignal === '' ? undefined : stopSignal, grace_ms: scaled(stopGrace, 1000), command })
}

/** One path stays one path where the definition had no list. */
function envFilesOf({ envFiles }: SupervisionForm, definition?: ProcessDefinition): SupervisionBody['env_file'] {
  const [first, ...others] = linesOf(envFiles)
  if (first === undefined) return undefined
  return others.length === 0 && !Array.isArray(definition?.env_file) ? first : [first, ...others]
}

function scaled(text: string, unit: number): number | undefined {
  const value = typedNumber(text)
  return value === undefined ? undefined : Math.round(value * unit)
}

/** Leaves out what is undefined; nothing where nothing is left. */
function filled<T extends object>(value: T): T | undefined {
  const kept: T = JSON.parse(JSON.stringify(value))
  return Object.keys(kept).length > 0 ? kept : undefined
}
