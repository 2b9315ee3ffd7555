import { inTurns } from './scan'
import type { ProcessStat, SystemTables } from './operating-system'

/** One socket in place of another does not change their number: then the ports are right after this time. */
const LONGEST_UNSEEN_MS = 5000

type Trees = ReadonlyMap<string, readonly ProcessStat[]>
type Tables = Pick<SystemTables, 'openSocketCount' | 'listeningPorts' | 'openSockets'>

/**
 * The listening TCP ports of trees. The table of sockets is read when their number or a member has changed: on a large
 * machine the kernel searches half a million places for it, in 7 ms. The open files of processes are looked at when a
 * socket listens that is not known yet.
 */
export class ListeningPorts {
  readonly #system: Tables
  /** The tree that each known socket belongs to, by inode; undefined for those of strangers. */
  readonly #owners = new Map<string, string | undefined>()
  /** Processes that were looked at, with their start times. */
  #looked = new Map<number, string>()
  #count = ''
  #readAt = Number.NEGATIVE_INFINITY
  #ports: ReadonlyMap<string, number> = new Map()

  constructor(system: Tables) {
    this.#system = system
  }

  /** Gives the ports of each tree, ascending; a tree that listens on none is missing. `now` in ms, by a clock that never jumps. */
  async of(trees: Trees, now: number): Promise<Map<string, number[]>> {
    const members = [...trees].flatMap(([id, stats]) => stats.map(stat => ({ id, stat })))
    const isNew = ({ stat }: { stat: ProcessStat }) => this.#looked.get(stat.pid) !== stat.startTime
    await this.#read(now, members.some(isNew))
    this.#forget(trees)
    const hasNew = [...this.#ports.keys()].some(inode => !this.#owners.has(inode))
    await this.#lookAt(hasNew ? members : members.filter(isNew))
    this.#looked = new Map(members.map(({ stat }) => [stat.pid, stat.startTime]))
    for (const inode of this.#ports.keys()) if (!this.#owners.has(inode)) this.#owners.set(inode, undefined)
    return this.#portsByTree()
  }

  async #read(now: number, isDue: boolean): Promise<void> {
    const count = this.#system.openSocketCount()
    if (!isDue && count === this.#count && now - this.#readAt < LONGEST_UNSEEN_MS) return
    this.#ports = await this.#system.listeningPorts()
    this.#count = count
    this.#readAt = now
  }

  /** A socket that is gone, and one whose tree is not asked for any more. */
  #forget(trees: Trees): void {
    for (const [inode, owner] of this.#owners) {
      if (!this.#ports.has(inode) || (owner !== undefined && !trees.has(owner))) this.#owners.delete(inode)
    }
  }

  async #lookAt(members: readonly { id: string, stat: ProcessStat }[]): Promise<void> {
    if (this.#ports.size === 0) return
    for await (const { id, stat } of inTurns(members)) {
      for (const inode of this.#system.openSockets(stat.pid)) if (this.#ports.has(inode)) this.#owners.set(inode, id)
    }
  }

  #portsByTree(): Map<string, number[]> {
    const byTree = new Map<string, Set<number>>()
    for (const [inode, port] of this.#ports) {
      const owner = this.#owners.get(inode)
      if (owner !== undefined) byTree.set(owner, (byTree.get(owner) ?? new Set()).add(port))
    }
    return new Map([...byTree].map(([id, found]) => [id, [...found].sort((a, b) => a - b)]))
  }
}
