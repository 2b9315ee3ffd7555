import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The nearest directory with a `.git`, which is a file in a worktree. */
export function gitRoot(directory: string): string | undefined {
  for (let at = directory; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at
    if (at === dirname(at)) return undefined
  }
}
