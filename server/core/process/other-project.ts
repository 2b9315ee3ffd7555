import { realpath } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { failure } from '#shared/errors'
import { ProcessId } from '#shared/schemas/basics'
import type { ProcessDefinition } from '#shared/schemas/definition'

/** Whose a definition is to be: the projects that its caller speaks for, as far as they are known. */
export interface Claim {
  definition: ProcessDefinition
  projects: readonly (string | undefined)[]
  /** The definition of an id, where there is one. */
  find: (id: string) => ProcessDefinition | undefined
}

/** Throws `OTHER_PROJECT` when a process belongs to another project than its caller; names an id that the caller can use. */
export async function refuseOtherProject({ definition: { id, project }, projects, find }: Claim): Promise<void> {
  const first = projects.find(known => known !== undefined)
  if (project === undefined || first === undefined || !await isOfOtherProject({ project }, projects)) return
  for (const otherId of idsFor(id, first)) {
    const taken = find(otherId)
    const isOwn = taken?.project !== undefined && await isSameDirectory(taken.project, first)
    if (!taken || isOwn) throw failure('OTHER_PROJECT', { id, project, otherId, isOwn })
  }
}

/** Tells whether a process belongs to a project, and a caller speaks for others only. */
export async function isOfOtherProject({ project }: Pick<ProcessDefinition, 'project'>, projects: Claim['projects']): Promise<boolean> {
  const known = projects.filter(each => each !== undefined)
  if (project === undefined || known.length === 0) return false
  const isOwn = await Promise.all(known.map(each => isSameDirectory(each, project)))
  return !isOwn.includes(true)
}

/** One that names the project, so that every session of it comes to the same one; then numbers. */
function* idsFor(id: string, project: string): Generator<string> {
  const name = basename(project).replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '')
  const named = ProcessId.safeParse(`${name}-${id}`)
  if (name !== '' && named.success) yield named.data
  for (let number = 2; ; number++) yield `${id.slice(0, 56)}-${number}`
}

/** A project may be reached over a symbolic link. */
async function isSameDirectory(a: string, b: string): Promise<boolean> {
  if (resolve(a) === resolve(b)) return true
  const [one, other] = await Promise.all([a, b].map(path => realpath(path).catch(() => undefined)))
  return one !== undefined && one === other
}
