import { inTurns } from './scan'
import type { ProcessStat, SystemTables } from './operating-system'

/**
 * The listening TCP ports of trees. The open files of a process are looked at when a socket begins to listen that is
 * not known yet, not at each sample: a machine on which nothing new listens costs one read of `/proc/net/tcp`.
 */
export class ListeningPorts {
  readonly #system: Pick<SystemTables, 'listeningPorts' | 'openSockets'>
  /** The tree that each known socket belongs to, by inode; undefined for those of strangers. */
  readonly #owners = new Map<string, string | undefined>()
  /** Processes that were looked at, with their start times. */
  #looked = new Map<number, string>()

  constructor(system: Pick<SystemTables, 'listeningPorts' | 'openSockets'>) {
    this.#system = system
  }

  /** Gives the ports of each tree, ascending; a tree that listens on none is missing. */
  async of(trees: ReadonlyMap<string, readonly ProcessStat[]>): Promise<Map<string, number[]>> {
    const ports = this.#system.listeningPorts()
    this.#forget(ports, trees)
    const hasNew = [...ports.keys()].some(inode => !this.#owners.has(inode))
    const members = [...trees].flatMap(([id, stats]) => stats.map(stat => ({ id, stat })))
    await this.#lookAt(members.filter(({ stat }) => hasNew || this.#looked.get(stat.pid) !== stat.startTime), ports)
    this.#looked = new Map(members.map(({ stat }) => [stat.pid, stat.startTime]))
    for (const inode of ports.keys()) if (!this.#owners.has(inode)) this.#owners.set(inode, undefined)
    return this.#portsByTree(ports)
  }

  /** A socket that is gone, and one whose tree is not asked for any more. */
  #forget(ports: ReadonlyMap<string, number>, trees: ReadonlyMap<string, unknown>): void {
    for (const [inode, owner] of this.#owners) {
      if (!ports.has(inode) || (owner !== undefined && !trees.has(owner))) this.#owners.delete(inode)
    }
  }

  async #lookAt(members: readonly { id: string, stat: ProcessStat }[], ports: ReadonlyMap<string, number>): Promise<void> {
    if (ports.size === 0) return
    for await (const { id, stat } of inTurns(members)) {
      for (const inode of this.#system.openSockets(stat.pid)) if (ports.has(inode)) this.#owners.set(inode, id)
    }
  }

  #portsByTree(ports: ReadonlyMap<string, number>): Map<string, number[]> {
    const byTree = new Map<string, Set<number>>()
    for (const [inode, port] of ports) {
      const owner = this.#owners.get(inode)
      if (owner !== undefined) byTree.set(owner, (byTree.get(owner) ?? new Set()).add(port))
    }
    return new Map([...byTree].map(([id, found]) => [id, [...found].sort((a, b) => a - b)]))
  }
}
