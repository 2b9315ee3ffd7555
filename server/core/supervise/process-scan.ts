import { RUN_MARK } from './environment'
import type { OperatingSystem, ProcessStat } from './operating-system'

/** How often a scan looks for what has begun meanwhile: only a fork bomb begins something each time. */
const MAX_ROUNDS = 5
/**
 * How often an empty environment is looked at again: it may be that of a process that is just becoming another program, and
 * on a busy machine that gets no turn for a while. Programs without a single argument are rare.
 */
const MAX_EMPTY_LOOKS = 25

interface KnownMark { startTime: string, image: string | undefined, mark: string | undefined, emptyLooks: number }

/** The marks of processes, each read once for each program that a process becomes. */
export class MarkCache {
  readonly #os: OperatingSystem
  #known = new Map<number, KnownMark>()

  constructor(os: OperatingSystem) {
    this.#os = os
  }

  /** Reads the mark of a process; `isSure` is false while it may only just be getting its environment. */
  read({ pid, startTime, image, memoryBytes }: ProcessStat): { mark: string | undefined, isSure: boolean } {
    const entry = this.#known.get(pid)
    const known = entry?.startTime === startTime ? entry : undefined
    if (known?.image !== undefined && known.image === image) return { mark: known.mark, isSure: true }
    const mark = this.#os.environmentVariable(pid, RUN_MARK)
    const isOfKernel = memoryBytes === 0
    const isEmpty = mark === undefined && !isOfKernel && this.#os.commandLine(pid) === ''
    const emptyLooks = isEmpty ? (known?.emptyLooks ?? 0) + 1 : 0
    this.#known.set(pid, { startTime, image: isEmpty ? undefined : image, mark, emptyLooks })
    return { mark, isSure: !isEmpty || emptyLooks >= MAX_EMPTY_LOOKS }
  }

  /** Forgets what has gone. */
  keepOnly(processes: ReadonlyMap<number, ProcessStat>): void {
    for (const pid of this.#known.keys()) if (!processes.has(pid)) this.#known.delete(pid)
  }
}

/** One look at everything that runs. Zombies are in it, for a zombie still holds its number. */
export class ProcessScan {
  readonly #os: OperatingSystem
  readonly #cache: MarkCache
  readonly #processes = new Map<number, ProcessStat>()
  readonly #marks = new Map<number, { mark: string | undefined, isSure: boolean }>()
  #settledSince = Infinity

  constructor(os: OperatingSystem, cache: MarkCache) {
    this.#os = os
    this.#cache = cache
    this.#takeNew()
    cache.keepOnly(this.#processes)
  }

  get processes(): ProcessStat[] {
    return [...this.#processes.values()]
  }

  get(pid: number): ProcessStat | undefined {
    return this.#processes.get(pid)
  }

  /**
   * Reads the marks of all that began at `since` or later, then takes in what has begun meanwhile, until nothing has: a
   * process that forks and ends between two looks would hide its child else.
   */
  settle(since: number): void {
    if (since >= this.#settledSince) return
    for (let round = 0; round < MAX_ROUNDS; round++) {
      for (const stat of this.#processes.values()) if (Number(stat.startTime) >= since) this.markOf(stat)
      if (!this.#takeNew()) break
    }
    this.#settledSince = since
  }

  /** The mark of a run that a process carries; a zombie carries none any more. */
  markOf(stat: ProcessStat): string | undefined {
    const known = this.#marks.get(stat.pid)
    if (known || stat.isZombie) return known?.mark
    const read = this.#cache.read(stat)
    this.#marks.set(stat.pid, read)
    return read.mark
  }

  /** False while the mark of a process that began at `since` or later could not be told yet. */
  isSureSince(since: number): boolean {
    return this.processes.every(({ pid, startTime }) => Number(startTime) < since || this.#marks.get(pid)?.isSure !== false)
  }

  #takeNew(): boolean {
    const before = this.#processes.size
    for (const pid of this.#os.pids()) {
      const stat = this.#processes.has(pid) ? undefined : this.#os.stat(pid)
      if (stat) this.#processes.set(pid, stat)
    }
    return this.#processes.size > before
  }
}
