import { execFile } from 'node:child_process'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Logger } from '../logger'
import { inOwnTurn } from '../supervise/spawn-turn'

const run = promisify(execFile)
const PROBE_BYTES = 4096

/** Gives the first `bytes` of a file back to the disk; offsets and apparent size stay. */
export type PunchHole = (path: string, bytes: number) => Promise<void>

/** Punches with `fallocate` of util-linux. Repeating it on what is a hole already does no harm. */
export const punchHole: PunchHole = async (path, bytes) => {
  await inOwnTurn(() => run('fallocate', ['--punch-hole', '--offset', '0', '--length', String(bytes), path]))
}

/** Punches where the file system can, and says once per host where it cannot. */
export class HolePuncher {
  static readonly #told = new WeakMap<Logger, Set<string>>()
  readonly #log: Logger
  readonly #punch: PunchHole
  readonly #able = new Map<string, Promise<boolean>>()
  readonly #sure = new Set<string>()

  constructor(log: Logger, punch: PunchHole = punchHole) {
    this.#log = log
    this.#punch = punch
  }

  /** Tries it on a small file in `dir`, once: before anything is given up, it must be known that this frees space. */
  isPossible(dir: string): Promise<boolean> {
    const known = this.#able.get(dir) ?? this.#probe(dir)
    this.#able.set(dir, known)
    return known
  }

  /** Tells whether it was tried in `dir`, and works. */
  isSure(dir: string): boolean {
    return this.#sure.has(dir)
  }

  /** Punches `bytes` at the head of `path`. A failure is said; the next step punches the same range again. */
  async punch(path: string, bytes: number): Promise<void> {
    try {
      await this.#punch(path, bytes)
    }
    catch (error) {
      this.#tell(CANNOT_PUNCH, error)
    }
  }

  async #probe(dir: string): Promise<boolean> {
    const path = join(dir, 'punch-probe')
    try {
      const handle = await open(path, 'w', 0o600)
      await handle.writeFile(Buffer.alloc(PROBE_BYTES, 1)).finally(() => handle.close())
      await this.#punch(path, PROBE_BYTES)
      this.#sure.add(dir)
      return true
    }
    catch (error) {
      this.#tell(CANNOT_PUNCH, error)
      return false
    }
    finally {
      await rm(path, { force: true })
    }
  }

  /** Says that neither a hole can be punched nor the process be stopped. */
  tellStuck(): void {
    this.#tell('old output of a running process cannot be removed here, its log keeps growing: it could not be stopped for a moment')
  }

  #tell(message: string, error?: unknown): void {
    const told = HolePuncher.#told.get(this.#log) ?? new Set()
    HolePuncher.#told.set(this.#log, told)
    if (told.has(message)) return
    told.add(message)
    this.#log.warn('logs', message, { error })
  }
}

const CANNOT_PUNCH = 'holes cannot be punched into logs here (fallocate failed): a process is stopped for a moment when old output is removed'
