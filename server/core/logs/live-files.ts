import { fstatSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { STREAMS, type StreamName } from '#shared/schemas/logs'

/** What a look tells of a file. */
export interface FileLook { size: number, mtimeMs: number }

/** How often a process may write between two looks before they are taken as they are: a flood has no order to lose. */
const MAX_LOOKS = 5

/** The two files of a living run, open so that their sizes can be looked at without waiting. */
export class LiveFiles {
  readonly #handles: Record<StreamName, FileHandle>
  #isClosed = false

  private constructor(handles: Record<StreamName, FileHandle>) {
    this.#handles = handles
  }

  /** A log that somebody removed under a living process is not seen any more; a new empty one keeps the host going. */
  static async open(paths: Record<StreamName, string>): Promise<LiveFiles> {
    const stdout = await open(paths.stdout, 'a+', 0o600)
    try {
      return new LiveFiles({ stdout, stderr: await open(paths.stderr, 'a+', 0o600) })
    }
    catch (error) {
      await stdout.close()
      throw error
    }
  }

  /**
   * Looks at both files as of one moment: what a process writes to the first between two looks comes before what it then
   * writes to the second.
   */
  lookAtBoth(): Record<StreamName, FileLook> {
    let stdout = this.look('stdout')
    for (let looks = 1; ; looks++) {
      const stderr = this.look('stderr')
      const again = this.look('stdout')
      if (again.size === stdout.size || looks === MAX_LOOKS) return { stdout, stderr }
      stdout = again
    }
  }

  /** Asks the kernel only: never waits for a disk. */
  look(name: StreamName): FileLook {
    const { size, mtimeMs } = fstatSync(this.#handles[name].fd)
    return { size, mtimeMs }
  }

  /** Reads `length` bytes at the place `at` of the file itself; undefined when it has fewer, or is closed. */
  async read(name: StreamName, at: number, length: number): Promise<Buffer | undefined> {
    if (this.#isClosed) return undefined
    const data = Buffer.alloc(length)
    const { bytesRead } = await this.#handles[name].read(data, 0, length, at)
    return bytesRead === length ? data : undefined
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(STREAMS.map(name => this.#handles[name].close()))
  }
}
