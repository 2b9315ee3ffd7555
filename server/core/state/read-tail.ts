import { type FileHandle, open } from 'node:fs/promises'
import { isMissing } from './missing'

/** Reads the last `maxBytes` of a text file; undefined when there is none. Throws what else the file system says. */
export async function readTail(file: string, maxBytes: number): Promise<string | undefined> {
  let handle: FileHandle | undefined
  try {
    handle = await open(file, 'r')
    const { size } = await handle.stat()
    const from = Math.max(0, size - maxBytes)
    const bytes = Buffer.alloc(size - from)
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, from)
    return bytes.toString('utf8', 0, bytesRead)
  }
  catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  finally {
    await handle?.close()
  }
}
