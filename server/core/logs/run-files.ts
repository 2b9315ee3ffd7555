import { readdir, stat } from 'node:fs/promises'
import { isMissing } from '../state/missing'

/** Gives the names in a directory of a run; none when somebody has removed it. */
export async function filesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir)
  }
  catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** Gives the size of a file of a run; 0 when somebody has removed it. */
export async function sizeAt(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  }
  catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
}
