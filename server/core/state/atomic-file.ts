import { randomBytes } from 'node:crypto'
import { open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export interface AtomicWriteOptions {
  /** Wait until the bytes are on the disk, so that they survive a loss of power; else they survive a crash of the host. */
  sync: boolean
}

/**
 * Writes `file` whole or not at all, mode 0600: a new file is filled, then renamed over the old one.
 * Throws the error of the file system (ENOSPC, EROFS …) and leaves the old file as it was.
 */
export async function atomicWrite(file: string, data: string | Uint8Array, { sync }: AtomicWriteOptions): Promise<void> {
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(data)
      if (sync) await handle.sync()
    }
    finally {
      await handle.close()
    }
    await rename(temporary, file)
  }
  catch (cause) {
    await rm(temporary, { force: true })
    throw cause
  }
  if (sync) await syncDirectory(dirname(file))
}

/** Removes what interrupted writes have left in `directory`. */
export async function removeTemporaries(directory: string): Promise<void> {
  const names = await readdir(directory)
  await Promise.all(names.filter(name => name.endsWith('.tmp')).map(name => rm(join(directory, name), { force: true })))
}

/** Makes a rename itself durable. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  }
  finally {
    await handle.close()
  }
}
