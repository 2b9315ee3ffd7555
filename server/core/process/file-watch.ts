import { relative } from 'node:path'
import { watch } from 'chokidar'
import type { WatchRules } from '#shared/schemas/supervision'
import { planWatch } from './watch-patterns'

/** chokidar drops a second change of the same file within 50 ms: told before that, the second one would be lost. */
const LEAST_QUIET_MS = 75

/** Where the globs begin, and what is never watched: the directory of the host's own data. */
export interface WatchPlace { cwd: string, dataDir: string }

export interface WatchEvents {
  /** Files were created, changed or removed and are quiet now; the last one, relative to cwd. */
  change: (path: string) => void
  /** Some folder cannot be watched, in words; told once, the watching goes on. */
  problem: (reason: string) => void
}

/**
 * Watches the files that `rules` name (CONTRACT §3, `watch`) until it is disposed of, which leaves nothing behind. What is
 * there at the beginning is not told; comes back when the watching has begun. Folders that are missing are waited for.
 * Throws `VALIDATION_FAILED` for a glob that could be too slow.
 */
export async function watchFiles(rules: WatchRules, place: WatchPlace, on: WatchEvents): Promise<AsyncDisposable> {
  const plan = planWatch(rules, place)
  const watcher = watch(plan.roots, {
    ignored: path => !plan.isOnTheWay(path),
    ignoreInitial: true,
    ignorePermissionErrors: true,
  })
  const quiet = debounce(Math.max(rules.debounce_ms, LEAST_QUIET_MS), path => on.change(relative(place.cwd, path)))
  watcher.once('error', error => on.problem(reasonOf(error)))
  watcher.on('error', () => {}) // told once
  // chokidar reads a new folder before it watches it: what comes in between is found by reading it once more (not as initial).
  watcher.on('addDir', path => watcher.add(path, undefined, true))
  watcher.on('all', (event, path) => {
    if (event !== 'addDir' && event !== 'unlinkDir' && plan.isMatch(path)) quiet.note(path)
  })
  await new Promise<void>(resolve => watcher.once('ready', resolve)) // not events.once: an error is no reason to give up
  return {
    async [Symbol.asyncDispose]() {
      quiet.stop()
      await watcher.close()
    },
  }
}

function debounce(ms: number, tell: (path: string) => void) {
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  return {
    note: (path: string) => {
      clearTimeout(timer)
      if (!isStopped) timer = setTimeout(() => tell(path), ms).unref()
    },
    stop: () => {
      isStopped = true
      clearTimeout(timer)
    },
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason given'
  if (code === 'ENOSPC') return 'the limit of watched files of the system is reached (fs.inotify.max_user_watches)'
  return `some files cannot be watched (${code})`
}
