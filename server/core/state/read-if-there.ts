import { readFile } from 'node:fs/promises'
import { isMissing } from './missing'

/** Reads a text file; undefined when there is none. Throws what else the file system says. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  }
  catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
