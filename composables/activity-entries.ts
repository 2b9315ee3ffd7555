import type { ActivityEntry } from '#shared/schemas/activity'

type Entries = readonly ActivityEntry[]

/** Whose entries are looked at: those of agents, or of people and their tools. */
export const ACTORS = ['agent', 'people'] as const
export type ActorFilter = (typeof ACTORS)[number]

export interface ActivityFilter { actor?: ActorFilter, process?: string }

/**
 * The newest entries, and of those that are known already the older ones, if they follow on without a gap. All newest first.
 * A host that has lost its activity counts anew: then nothing of the known is kept.
 */
export function joinEntries(page: Entries, known: Entries): Entries {
  const oldest = page.at(-1)
  const place = known.findIndex(({ seq, at }) => seq === oldest?.seq && at === oldest.at)
  return place < 0 ? page : [...page, ...known.slice(place + 1)]
}

/** Tells whether an entry is by such a caller and about that process. */
export function matchesFilter({ actor: { kind }, process_id: id }: ActivityEntry, { actor, process }: ActivityFilter): boolean {
  const isBySuch = actor === undefined || (actor === 'agent' ? kind === 'agent' : kind !== 'agent' && kind !== 'system')
  return isBySuch && (process === undefined || id === process)
}

export interface Subject { kind: 'process' | 'group', name: string }

/** What an entry is about: a process or a group; nothing where it is about the host. */
export function subjectOf({ process_id: id, arguments: { group } = {} }: ActivityEntry): Subject | undefined {
  if (id !== undefined) return { kind: 'process', name: id }
  return typeof group === 'string' ? { kind: 'group', name: group } : undefined
}

const PART_OF_NAME = /[\w.-]/

/** What stands before and after a name in a text; nothing where the name is not in it as a word of its own. */
export function aroundName(text: string, name: string): { before: string, after: string } | undefined {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const [before, after] = [text.slice(0, at), text.slice(at + name.length)]
    if (!PART_OF_NAME.test(before.at(-1) ?? '') && !PART_OF_NAME.test(after.at(0) ?? '')) return { before, after }
  }
  return undefined
}
