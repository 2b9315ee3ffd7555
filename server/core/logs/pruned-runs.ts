import { rm } from 'node:fs/promises'
import { z } from 'zod'
import { STREAMS, type StreamName } from '#shared/schemas/logs'
import { failure } from '#shared/errors'
import { atomicWrite } from '../state/atomic-file'
import { readIfThere } from '../state/read-if-there'
import type { Cursor, Mark } from './cursor'
import { BLOCK_BYTES } from './lines'

const Count = z.int().nonnegative()
const Totals = z.object({ stdout: Count, stderr: Count })

/** What a removed run had: its number, and of each stream the size and the lines. */
const PrunedRun = z.object({ run: z.int().positive(), sizes: Totals, lines: Totals })
export type PrunedRun = z.output<typeof PrunedRun>

const PrunedFile = z.object({ up_to: Count, earlier: Totals, runs: z.array(PrunedRun) })
type PrunedFile = z.output<typeof PrunedFile>

export const PRUNED_FILE = 'pruned.json'

/** So many removed runs are remembered one by one; of older ones only the sum. */
const REMEMBERED_RUNS = 1000

const NOTHING: PrunedFile = { up_to: 0, earlier: { stdout: 0, stderr: 0 }, runs: [] }

/** The lines of runs whose directories are gone, for cursors that were given for them. */
export class PrunedRuns {
  readonly #path: string
  #known = NOTHING

  constructor(path: string) {
    this.#path = path
  }

  /** The newest run that is removed; 0 when none is. */
  get upTo(): number {
    return this.#known.up_to
  }

  /** Reads what the last host has left. Throws `INTERNAL` for a broken file. */
  async load(): Promise<void> {
    const text = await readIfThere(this.#path)
    if (text === undefined) return
    const { data, error } = PrunedFile.safeParse(JSON.parse(text))
    if (!data) throw failure('INTERNAL', { reason: `The record ${this.#path} is broken: ${error.message}` })
    this.#known = data
  }

  /** Remembers runs that are about to be removed: on the disk before it answers. */
  async add(runs: readonly PrunedRun[]): Promise<void> {
    const all = [...this.#known.runs, ...runs]
    const forgotten = all.slice(0, -REMEMBERED_RUNS)
    const earlier = sumOf([{ lines: this.#known.earlier }, ...forgotten])
    const known = { up_to: all.at(-1)?.run ?? this.upTo, earlier, runs: all.slice(-REMEMBERED_RUNS) }
    await atomicWrite(this.#path, `${JSON.stringify(known)}\n`, { sync: true })
    this.#known = known
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true })
    this.#known = NOTHING
  }

  /** Counts the removed lines that come after a cursor. */
  linesAfter(cursor: Cursor, names: readonly StreamName[]): number {
    if (cursor.run > this.upTo) return 0
    const { earlier, runs } = this.#known
    const later = sumOf(runs.filter(({ run }) => run > cursor.run))
    const own = runs.find(({ run }) => run === cursor.run)
    const isEarlier = cursor.run < (runs[0]?.run ?? 0)
    return names.reduce((sum, name) => sum + later[name] + (own ? rest(own, name, cursor[name]) : 0) + (isEarlier ? earlier[name] : 0), 0)
  }
}

/** The lines of a run after a mark. Exact within the first block where the mark has its lines; else they are taken as spread evenly. */
function rest({ sizes, lines }: PrunedRun, name: StreamName, mark: Mark): number {
  if (mark.lines !== undefined && mark.offset < BLOCK_BYTES) return Math.max(0, lines[name] - mark.lines)
  const part = sizes[name] === 0 ? 1 : Math.min(1, mark.offset / sizes[name])
  return lines[name] - Math.floor(lines[name] * part)
}

function sumOf(runs: readonly Pick<PrunedRun, 'lines'>[]): Record<StreamName, number> {
  const total = (name: StreamName) => runs.reduce((sum, { lines }) => sum + lines[name], 0)
  return { stdout: total(STREAMS[0]), stderr: total(STREAMS[1]) }
}
