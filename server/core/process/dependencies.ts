import { isAlive, type ProcessPhase, type RunEnd } from '#shared/lifecycle'
import type { Dependencies, DependencyCondition } from '#shared/schemas/supervision'
import { endInWords } from './end-in-words'

/** What of a definition matters here. */
export interface Dependent { depends_on?: Dependencies | undefined }

/** All definitions by id. */
export type Definitions = ReadonlyMap<string, Dependent>

/** The ids that a process depends on directly; those that do not exist are left to `unknownDependencies`. */
function dependenciesOf(id: string, definitions: Definitions): string[] {
  return Object.keys(definitions.get(id)?.depends_on ?? {}).filter(dependency => definitions.has(dependency))
}

/**
 * Finds the shortest cycle of dependencies through `changed`: its ids with the first one repeated at the end, so that it
 * reads "a → b → a". Undefined when there is none. Called for each definition that is to change.
 */
export function findCycle(definitions: Definitions, changed: string): string[] | undefined {
  const cameFrom = new Map<string, string>()
  const queue = [changed]
  for (const id of queue) {
    for (const dependency of dependenciesOf(id, definitions)) {
      if (dependency === changed) return [...pathTo(id, cameFrom), changed]
      if (cameFrom.has(dependency)) continue
      cameFrom.set(dependency, id)
      queue.push(dependency)
    }
  }
  return undefined
}

function pathTo(id: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const path: string[] = []
  for (let at: string | undefined = id; at !== undefined; at = cameFrom.get(at)) path.unshift(at)
  return path
}

/** The ids in `depends_on` that no definition has, in its order. */
export function unknownDependencies({ depends_on: dependsOn = {} }: Dependent, definitions: Pick<Definitions, 'has'>): string[] {
  return Object.keys(dependsOn).filter(id => !definitions.has(id))
}

/** The ids and everything they depend on, directly or not: what a start of them has to start. Unknown ids are left out. */
export function withDependencies(ids: Iterable<string>, definitions: Definitions): string[] {
  const found = new Set([...ids].filter(id => definitions.has(id)))
  for (const id of found) dependenciesOf(id, definitions).forEach(dependency => found.add(dependency)) // a Set goes on over what is added
  return [...found]
}

/**
 * Orders `ids` into levels: each process stands in a later level than those it depends on, also where the way leads over
 * ids that are not among them. Within a level all can be started at once; it is ordered by id.
 */
export function startOrder(ids: Iterable<string>, definitions: Definitions): string[][] {
  const wanted = new Set(ids)
  const levels: string[][] = []
  const depths = new Map<string, number>()
  for (const id of dependenciesFirst(withDependencies(wanted, definitions), definitions)) {
    const depth = Math.max(0, ...dependenciesOf(id, definitions).map(one => (depths.get(one) ?? 0) + (wanted.has(one) ? 1 : 0)))
    depths.set(id, depth)
    if (wanted.has(id)) (levels[depth] ??= []).push(id)
  }
  return levels.map(level => level.sort())
}

/** The reverse of `startOrder`: a process is stopped before those it depends on. */
export function stopOrder(ids: Iterable<string>, definitions: Definitions): string[][] {
  return startOrder(ids, definitions).reverse()
}

/** Each id after all it depends on. Without recursion: a chain may be as long as there are processes. */
function dependenciesFirst(ids: readonly string[], definitions: Definitions): string[] {
  const missing = new Map(ids.map(id => [id, dependenciesOf(id, definitions).length]))
  const dependants = new Map<string, string[]>(ids.map(id => [id, []]))
  for (const id of ids) dependenciesOf(id, definitions).forEach(dependency => dependants.get(dependency)?.push(id))
  const ordered = ids.filter(id => missing.get(id) === 0)
  for (const id of ordered) {
    for (const dependant of dependants.get(id) ?? []) {
      const left = (missing.get(dependant) ?? 0) - 1
      missing.set(dependant, left)
      if (left === 0) ordered.push(dependant)
    }
  }
  const inCycles = ids.filter(id => (missing.get(id) ?? 0) > 0) // of a file by hand; nobody may be left out of a stop
  return [...ordered, ...inCycles]
}

/** What is true of a dependency now. */
export interface DependencyFacts {
  phase: ProcessPhase
  /** The cascade that asks has started it: then it counts as started even when it has ended again. */
  wasBegun: boolean
  /** How its newest run ended, where it has. */
  end?: RunEnd | undefined
  /** Why it is `Failed`, in words, where it is. */
  error?: string | undefined
}

export type ConditionResult = 'met' | 'pending' | { failed: string }

/** Tells whether a dependency fulfils its condition, may still do so, or has failed to, with the reason in words. */
export function conditionOf(condition: DependencyCondition, facts: DependencyFacts): ConditionResult {
  if (isMet[condition](facts)) return 'met'
  return facts.phase === 'idle' ? { failed: whyIdle(facts) } : 'pending'
}

const isMet: Record<DependencyCondition, (facts: DependencyFacts) => boolean> = {
  started: ({ phase, wasBegun }) => isAlive(phase) || wasBegun,
  ready: ({ phase }) => phase === 'ready' || phase === 'running',
  succeeded: ({ phase, end, error }) => (phase === 'idle' || phase === 'backoff') && error === undefined && end?.kind === 'code' && end.code === 0,
}

function whyIdle({ end, error }: DependencyFacts): string {
  return error ?? (end ? endInWords(end) : 'has not been started')
}
