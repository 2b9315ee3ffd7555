import { RUN_MARK } from './environment'
import type { OperatingSystem, ProcessStat } from './operating-system'

/** What tells a run from every other: its leader, and the mark that its descendants carry. */
export interface RunIdentity { pid: number, startTime: string, runId: string }

interface Known {
  startTime: string
  /** The mark in its environment; looked at once, for it never changes. */
  mark?: { runId: string | undefined }
  /** The run it was once found to belong to; that never changes either. */
  owner?: string
}

interface Scan {
  byPid: ReadonlyMap<number, ProcessStat>
  /** Runs whose leader is there, by the session they lead and by their mark. */
  bySession: ReadonlyMap<number, RunIdentity>
  marks: ReadonlySet<string>
  /** Sessions of the shims: what runs there records a run and is no part of it, though it carries the mark. */
  shims: ReadonlySet<number>
  found: Map<number, string | undefined>
}

/**
 * Sorts the processes of a scan by the run they belong to: the session of its leader, who carries its mark, and the
 * descendants of both. A process that was once found stays found, also when it daemonises with an empty environment.
 */
export class RunGrouping {
  readonly #system: Pick<OperatingSystem, 'environmentVariable'>
  readonly #self: number
  #known = new Map<number, Known>()

  /** `self` is the host: it belongs to no run, and neither do its children but the leaders. */
  constructor(system: Pick<OperatingSystem, 'environmentVariable'>, self = process.pid) {
    this.#system = system
    this.#self = self
  }

  /** Gives the members of each of `runs`, by its key; a run without any is missing. */
  group(stats: readonly ProcessStat[], runs: ReadonlyMap<string, RunIdentity>): Map<string, ProcessStat[]> {
    const scan = toScan(stats, [...runs.values()])
    this.#forgetGone(scan)
    const members = new Map<string, ProcessStat[]>()
    for (const stat of stats) {
      const owner = this.#ownerOf(stat, scan)
      if (owner === undefined) continue
      const found = members.get(owner)
      if (found) found.push(stat)
      else members.set(owner, [stat])
    }
    return new Map([...runs].flatMap(([key, { runId }]) => {
      const found = members.get(runId)
      return found ? [[key, found]] : []
    }))
  }

  #forgetGone({ byPid }: Scan): void {
    this.#known = new Map([...this.#known].filter(([pid, { startTime }]) => byPid.get(pid)?.startTime === startTime))
  }

  /** Walks up the parents until one tells the run; all that were passed belong to the same. */
  #ownerOf(stat: ProcessStat, scan: Scan): string | undefined {
    const passed = new Set<ProcessStat>()
    let owner: string | undefined
    for (let each: ProcessStat | undefined = stat; each && !passed.has(each); each = scan.byPid.get(each.parent)) {
      if (scan.found.has(each.pid)) {
        owner = scan.found.get(each.pid)
        break
      }
      passed.add(each)
      if (each.pid === this.#self || scan.shims.has(each.session)) break
      owner = this.#evidentOwner(each, scan)
      if (owner !== undefined) break
    }
    for (const each of passed) this.#remember(each, scan, owner)
    return owner
  }

  #remember({ pid, startTime }: ProcessStat, { found }: Scan, owner: string | undefined): void {
    found.set(pid, owner)
    if (owner !== undefined) this.#known.set(pid, { ...this.#known.get(pid), startTime, owner })
  }

  #evidentOwner({ pid, session, startTime }: ProcessStat, { bySession, marks }: Scan): string | undefined {
    const owner = this.#known.get(pid)?.owner ?? bySession.get(session)?.runId
    if (owner !== undefined) return owner
    const mark = this.#markOf(pid, startTime)
    return mark !== undefined && marks.has(mark) ? mark : undefined
  }

  #markOf(pid: number, startTime: string): string | undefined {
    const known = this.#known.get(pid)
    if (known?.mark) return known.mark.runId
    const runId = this.#system.environmentVariable(pid, RUN_MARK)
    this.#known.set(pid, { ...known, startTime, mark: { runId } })
    return runId
  }
}

function toScan(stats: readonly ProcessStat[], runs: readonly RunIdentity[]): Scan {
  const byPid = new Map(stats.map(stat => [stat.pid, stat]))
  const led = runs.filter(({ pid, startTime }) => byPid.get(pid)?.startTime === startTime)
  const parents = led.flatMap(({ pid }) => byPid.get(byPid.get(pid)?.parent ?? 0) ?? [])
  return {
    byPid,
    bySession: new Map(led.map(run => [run.pid, run])),
    marks: new Set(led.map(run => run.runId)),
    shims: new Set(parents.map(parent => parent.session)),
    found: new Map(),
  }
}
