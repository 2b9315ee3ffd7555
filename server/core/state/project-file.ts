import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { failure } from '#shared/errors'
import { ProcessId } from '#shared/schemas/basics'
import type { CreateProcessRequest } from '#shared/schemas/definition'
import { isMissing } from './missing'
import { readWritten, WrittenSnapshot } from './snapshot-file'
import { MAX_BYTES } from './yaml'

const FILE = 'vantage.yaml'

const WrittenProject = WrittenSnapshot.extend({
  /** Before every id, with a dot: `shop` makes `shop.web` of `web`. */
  prefix: ProcessId.max(32, 'must have at most 32 characters').optional(),
})

/** What a project's file says of one process: its definition, and those of the file that it depends on, each after its own. */
export interface FoundDefinition { definition: CreateProcessRequest, needs: CreateProcessRequest[] }

type Definitions = Map<string, CreateProcessRequest>

/** The definitions of a project, by the ids that they get: with the file's prefix. */
export interface ProjectFile {
  /** Finds a definition by its id, or by its name in the file. */
  find: (id: string) => FoundDefinition | undefined
}

/**
 * Reads `vantage.yaml` of a project (CONTRACT §5): relative paths are the project's, `prefix` and a dot stand before every id. Undefined
 * when there is no such file. Throws `SNAPSHOT_INVALID` with file, line and reason.
 */
export async function readProjectFile(project: string): Promise<ProjectFile | undefined> {
  const file = join(project, FILE)
  const text = await readBounded(file)
  if (text === undefined) return undefined
  const { value: { prefix: word, processes }, lineOf } = readWritten(text, file, WrittenProject)
  const prefix = word === undefined ? '' : `${word}.`
  const names = new Set(Object.keys(processes))
  const definitions: Definitions = new Map()
  for (const [name, { created_at: _created, updated_at: _updated, state: _state, ...written }] of Object.entries(processes)) {
    const id = ProcessId.safeParse(prefix + name)
    if (!id.success) {
      throw failure('SNAPSHOT_INVALID', { file, reason: `the id "${prefix}${name}" is too long`, line: lineOf(['processes', name]) })
    }
    const needs = Object.entries(written.depends_on ?? {}).map(([other, on]) => [names.has(other) ? prefix + other : other, on])
    definitions.set(id.data, {
      ...written,
      id: id.data,
      project: resolve(project, written.project ?? '.'),
      ...(written.depends_on && { depends_on: Object.fromEntries(needs) }),
    })
  }
  return {
    find: (id) => {
      const definition = definitions.get(id) ?? definitions.get(prefix + id)
      return definition && { definition, needs: needsOf(definition, definitions) }
    },
  }
}

/** What a definition depends on within the file, over all steps. */
function needsOf({ id, depends_on: direct = {} }: CreateProcessRequest, definitions: Definitions): CreateProcessRequest[] {
  const found = new Set(Object.keys(direct))
  for (const need of found) { // a Set goes on over what is added
    for (const other of Object.keys(definitions.get(need)?.depends_on ?? {})) found.add(other)
  }
  found.delete(id)
  return dependenciesFirst([...found].flatMap(need => definitions.get(need) ?? []))
}

/** Those of a cycle stay in their order: the rules refuse them. */
function dependenciesFirst(definitions: readonly CreateProcessRequest[]): CreateProcessRequest[] {
  const left = new Set(definitions)
  const ordered: CreateProcessRequest[] = []
  for (let count = -1; count !== left.size;) {
    count = left.size
    for (const each of left) {
      if ([...left].some(other => other !== each && each.depends_on && other.id in each.depends_on)) continue
      ordered.push(each)
      left.delete(each)
    }
  }
  return [...ordered, ...left]
}

/** A pipe of this name would be waited for, and a device never end. */
async function readBounded(file: string): Promise<string | undefined> {
  try {
    const info = await stat(file)
    if (!info.isFile()) throw failure('SNAPSHOT_INVALID', { file, reason: 'it is not a file' })
    if (info.size > MAX_BYTES) throw failure('SNAPSHOT_INVALID', { file, reason: `larger than ${MAX_BYTES} bytes` })
    return await readFile(file, 'utf8')
  }
  catch (error) {
    if (isMissing(error)) return undefined
    if (error instanceof Error && 'syscall' in error) throw failure('SNAPSHOT_INVALID', { file, reason: error.message }, error)
    throw error
  }
}
