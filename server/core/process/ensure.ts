import type { Caller } from '#shared/caller'
import { failure, toVantageError } from '#shared/errors'
import { nearest } from '#shared/nearest'
import { type CreateProcessRequest, LAUNCH_FIELDS, type ProcessDefinition } from '#shared/schemas/definition'
import { changedFields, changeInWords } from '../rules/definition-changes'
import { readProjectFile } from '../state/project-file'
import type { Definitions } from './definitions'
import type { ManagedProcess } from './managed-process'
import { isOfOtherProject, refuseOtherProject } from './other-project'
import type { NextStep, Starter } from './starter'

/** What is to be: a process as `definition` says, or as it is defined already. */
export interface Wish {
  id: string
  definition?: CreateProcessRequest | undefined
  /** Throws when the caller may not change one of these; asked before anything is changed. */
  permit?: (ids: readonly string[]) => void
}

/** What was done for a wish; nothing, where all was as wished. */
export interface Ensured {
  /** Another one than that of the wish, where the project's file has a prefix. */
  id: string
  did: ('created' | 'updated' | 'started' | 'restarted')[]
  /** What was changed, a field each, in words. */
  changes: string[]
  /** The definition that was changed. */
  before?: ProcessDefinition
}

export interface EnsureOptions {
  processes: ReadonlyMap<string, ManagedProcess>
  definitions: Definitions
  starter: Starter
  /** Runs a job in the queue of an id. */
  change: <T>(id: string, job: () => Promise<T>) => Promise<T>
}

/**
 * Makes sure that a process is defined as wished and runs so: creates it, changes it, starts it, restarts it where what runs
 * was launched with something else. All of it is one turn in the queue of its id, so that of two calls at once the second
 * finds what the first has made. Comes back when it is launched or waits for a dependency.
 */
export async function ensure(options: EnsureOptions, wish: Wish, caller: Caller): Promise<Ensured> {
  const { id, definition } = wish.definition ? wish : await lookUp(options, wish.id, caller)
  const ensured: Ensured = { id, did: [], changes: [] }
  await options.starter.after(id, { caller, by: 'caller' }, async () => {
    const kept = options.processes.get(id)
    wish.permit?.([id, ...options.starter.startedWith(id, (definition ?? kept?.definition)?.depends_on)])
    const wasAlive = kept?.isAlive ?? false
    const step = kept
      ? await adjust(options, { kept, definition, caller }, ensured)
      : await create(options, { id, definition, caller }, ensured)
    if (step !== 'rest') ensured.did.push(step === 'restart' && wasAlive ? 'restarted' : 'started')
    return step
  })
  return ensured
}

interface Creation extends Wish { caller: Caller }

async function create(
  { definitions, processes }: EnsureOptions,
  { id, definition, caller }: Creation,
  ensured: Ensured,
): Promise<NextStep> {
  if (!definition) throw failure('PROCESS_NOT_FOUND', { id, nearest: nearest(id, [...processes.keys()]), isWish: true })
  await definitions.create(definition, caller)
  ensured.did.push('created')
  return 'start'
}

interface Adjustment { kept: ManagedProcess, definition: CreateProcessRequest | undefined, caller: Caller }

async function adjust(options: EnsureOptions, { kept, definition, caller }: Adjustment, ensured: Ensured): Promise<NextStep> {
  const { definitions, processes } = options
  const before = kept.definition
  const projects = [caller.project, definition?.project]
  await refuseOtherProject({ definition: before, projects, find: id => processes.get(id)?.definition })
  const after = definition ? await definitions.complete(asWished(definition, before, caller), caller) : before
  const { launched = after } = kept
  const changed = changedFields(before, after)
  const unlaunched = changedFields(launched, after, LAUNCH_FIELDS)
  ensured.changes.push(
    ...changed.filter(field => !unlaunched.includes(field)).map(field => changeInWords(field, before, after)),
    ...unlaunched.map(field => changeInWords(field, launched, after)),
  )
  if (changed.length > 0) {
    await definitions.redefine(kept, after)
    ensured.did.push('updated')
    ensured.before = before
  }
  return nextStep(kept, { isChanged: changed.length > 0, isLaunchedOtherwise: unlaunched.length > 0 })
}

/** A caller who knows of no project leaves the process where it is; what agents may do with it a wish does not change by silence. */
function asWished(wished: CreateProcessRequest, before: ProcessDefinition, { project }: Caller): CreateProcessRequest {
  const definition = { ...wished, ...(before.agents !== undefined && wished.agents === undefined && { agents: before.agents }) }
  if (definition.project !== undefined || project !== undefined) return definition
  return { ...definition, cwd: definition.cwd ?? before.cwd, ...(before.project !== undefined && { project: before.project }) }
}

interface Difference { isChanged: boolean, isLaunchedOtherwise: boolean }

function nextStep({ phase, isAlive }: ManagedProcess, { isChanged, isLaunchedOtherwise }: Difference): NextStep {
  if (isAlive) return isLaunchedOtherwise || phase === 'stopping' ? 'restart' : 'rest'
  if (phase === 'waiting') return isChanged ? 'restart' : 'rest'
  return 'start'
}

/** An id alone: as it is defined, else as the file of the caller's project says, with what it needs from there. */
async function lookUp(options: EnsureOptions, id: string, caller: Caller): Promise<Wish> {
  const { processes } = options
  const kept = processes.get(id)
  const isOwn = kept && !await isOfOtherProject(kept.definition, [caller.project])
  const file = isOwn || caller.project === undefined ? undefined : await readProjectFile(caller.project)
  const found = file?.find(id)
  if (!found) return { id }
  for (const need of found.needs) if (!processes.has(need.id)) await createNeeded(options, need, caller)
  return { id: found.definition.id, definition: found.definition }
}

async function createNeeded({ change, definitions }: EnsureOptions, need: CreateProcessRequest, caller: Caller): Promise<void> {
  try {
    await change(need.id, () => definitions.create(need, caller))
  }
  catch (error) {
    if (toVantageError(error).code !== 'PROCESS_EXISTS') throw error // somebody else was faster
  }
}
