import { join } from 'node:path'
import { z } from 'zod'
import { RunInfo } from '#shared/schemas/runs'
import { atomicWrite } from './atomic-file'
import { readIfThere } from './read-if-there'

/** How many runs are listed. */
const KEPT = 100

const Records = z.array(RunInfo)

/**
 * The newest 100 runs of a process that have ended, in `processes/<id>/runs.json`. A run that is in it has been dealt with:
 * what its leader left behind is gone, and the restart policy has decided.
 */
export class RunRecords {
  readonly #file: string
  #records: RunInfo[]

  private constructor(file: string, records: RunInfo[]) {
    this.#file = file
    this.#records = records
  }

  /** Reads what an earlier host has written; a damaged file is as good as none. */
  static async load(processDir: string): Promise<RunRecords> {
    const file = join(processDir, 'runs.json')
    return new RunRecords(file, toRecords(await readIfThere(file)))
  }

  /** The newest 100, the newest first; `current` is a run that has not ended yet. */
  list(current: RunInfo | undefined): RunInfo[] {
    return [...this.#records, ...(current ? [current] : [])].reverse().slice(0, KEPT)
  }

  has(run: number): boolean {
    return this.#records.some(record => record.run === run)
  }

  /** Adds the end of a run. Throws the error of the file system; the record is known all the same. */
  async add(record: RunInfo): Promise<void> {
    this.#records = [...this.#records.filter(({ run }) => run !== record.run), record]
      .sort((a, b) => a.run - b.run)
      .slice(-KEPT)
    await atomicWrite(this.#file, JSON.stringify(this.#records), { sync: false })
  }
}

function toRecords(text: string | undefined): RunInfo[] {
  if (text === undefined) return []
  try {
    return Records.parse(JSON.parse(text))
  }
  catch {
    return [] // cut by a crash of the machine: the runs on the disk are listed anew
  }
}
