import type { KnownGroup, Place } from './index-file'

export const MAX_GROUPS = 200

/** The kinds of errors and warnings of a process, each once. */
export class ErrorGroups {
  readonly #groups = new Map<string, KnownGroup>()
  #forgotten: number

  constructor(groups: readonly KnownGroup[] = [], forgotten = 0) {
    for (const group of groups) this.#groups.set(keyOf(group), group)
    this.#forgotten = forgotten
  }

  get all(): KnownGroup[] {
    return [...this.#groups.values()]
  }

  get forgotten(): number {
    return this.#forgotten
  }

  /** Adds occurrences of one kind; of the places the earliest and the latest stay. */
  add(group: KnownGroup): void {
    const key = keyOf(group)
    const known = this.#groups.get(key)
    this.#groups.set(key, known ? mergeGroups(known, group) : group)
    if (this.#groups.size > MAX_GROUPS) this.#giveWay()
  }

  copy(): ErrorGroups {
    return new ErrorGroups(this.all, this.#forgotten)
  }

  /** The oldest warning goes first, then the oldest error that is not the first of its run. */
  #giveWay(): void {
    const oldestFirst = this.all.sort((a, b) => comparePlaces(a.last, b.last))
    const firsts = firstOfRuns(oldestFirst)
    const gone = oldestFirst.find(({ level }) => level === 'warn') ?? oldestFirst.find(group => !firsts.has(group)) ?? oldestFirst[0]
    if (gone && this.#groups.delete(keyOf(gone))) this.#forgotten++
  }
}

/** Orders places by run, then by time; within one stream by offset. */
export function comparePlaces(a: Place, b: Place): number {
  if (a.run !== b.run) return a.run - b.run
  return a.stream === b.stream ? a.end - b.end : a.time - b.time
}

function firstOfRuns(groups: readonly KnownGroup[]): Set<KnownGroup> {
  const firsts = new Map<number, KnownGroup>()
  for (const group of groups) {
    const known = firsts.get(group.first.run)
    if (group.level === 'error' && (!known || comparePlaces(group.first, known.first) < 0)) firsts.set(group.first.run, group)
  }
  return new Set(firsts.values())
}

function mergeGroups(known: KnownGroup, added: KnownGroup): KnownGroup {
  const hasMore = added.frames.length > known.frames.length
  return {
    ...known,
    rank: Math.max(known.rank, added.rank),
    count: known.count + added.count,
    first: comparePlaces(added.first, known.first) < 0 ? added.first : known.first,
    last: comparePlaces(added.last, known.last) > 0 ? added.last : known.last,
    frames: hasMore ? added.frames : known.frames,
    foreign: hasMore ? added.foreign : known.foreign,
  }
}

const keyOf = ({ level, template }: KnownGroup) => `${level} ${template}`
