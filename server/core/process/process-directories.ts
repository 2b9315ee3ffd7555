import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { failure } from '#shared/errors'
import { type ProcessStateFile, writeProcessState } from '../state/process-state'
import { reasonOf } from '../state/snapshot-store'

/** The directories of the processes: `processes/<id>/` in the data directory. */
export class ProcessDirectories {
  readonly #root: string

  constructor(dataDir: string) {
    this.#root = join(dataDir, 'processes')
  }

  of(id: string): string {
    return join(this.#root, id)
  }

  /** Makes the directory of a new process; what an earlier one of this id left there goes. Throws `STORAGE_FAILED`. */
  async prepare(id: string, bootId: string): Promise<ProcessStateFile> {
    const remembered = { incarnation: randomBytes(3).toString('hex'), boot_id: bootId }
    try {
      await this.discard(id)
      await mkdir(this.of(id), { recursive: true, mode: 0o700 })
      await writeProcessState(this.of(id), remembered)
      return remembered
    }
    catch (cause) {
      throw failure('STORAGE_FAILED', { action: `The process "${id}"`, reason: reasonOf(cause) }, cause)
    }
  }

  /** Removes the directory of a process. Renames first: a name is gone at once, a tree is not. */
  async discard(id: string): Promise<void> {
    const aside = `${join(this.#root, '.removed-')}${id}-${randomBytes(4).toString('hex')}`
    const isThere = await rename(this.of(id), aside).then(() => true, () => false)
    if (isThere) await rm(aside, { recursive: true, force: true })
  }
}
