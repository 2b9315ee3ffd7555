import { existsSync } from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'
import type { WatchRules } from '#shared/schemas/supervision'
import { checkGlob, compileGlob } from '../rules/glob-rules'

/** Never watched: they are large, and change without the program being another one. */
const ALWAYS_IGNORED = ['node_modules', '.git']
/** Copies that editors make beside a file. */
const EDITOR_COPY = /~$|\.sw[px]$/

/** One glob: the folder it begins at, and what it matches below that. */
interface Pattern {
  base: string
  /** How many names below `base` a match can have. */
  depth: number
  matches: (below: string) => boolean
}

/** What is watched of the file system. */
export interface WatchPlan {
  /** Existing folders to begin at, above everything the globs name: what is missing is seen when it comes. */
  roots: string[]
  /** Whether a path leads to something the globs name, or may be such a thing. */
  isOnTheWay: (path: string) => boolean
  /** Whether a change of this file counts. */
  isMatch: (path: string) => boolean
}

/** Makes the plan for `rules`; throws `VALIDATION_FAILED` for a glob that could be too slow. */
export function planWatch({ paths, ignore = [] }: WatchRules, { cwd, dataDir }: { cwd: string, dataDir: string }): WatchPlan {
  const patterns = paths.map(path => toPattern(path, cwd))
  const ignored = ignore.map((glob) => {
    checkGlob('watch.ignore', glob)
    return compileGlob(glob.replace(/^\.\/|\/$/g, ''), { dot: true })
  })
  const isIgnored = (path: string, base: string) => isBelow(path, dataDir)
    || relative(base, path).split(sep).some(name => ALWAYS_IGNORED.includes(name) || EDITOR_COPY.test(name))
    || (path !== cwd && ignored.some(matches => matches(relative(cwd, path))))
  return {
    roots: [...new Set(patterns.map(({ base }) => isBelow(base, cwd) ? cwd : existingAbove(base)))],
    isOnTheWay: path => patterns.some(({ base, depth }) => isBelow(base, path)
      || (isBelow(path, base) && depthBelow(base, path) <= depth && !isIgnored(path, base))),
    isMatch: path => patterns.some(({ base, matches }) => isBelow(path, base) && !isIgnored(path, base) && matches(relative(base, path))),
  }
}

/** A path without wildcards is a file, or a folder with everything in it. */
function toPattern(path: string, cwd: string): Pattern {
  checkGlob('watch.paths', path)
  const names = path.split('/').filter(name => name !== '' && name !== '.')
  const first = names.findIndex(name => /[*?[{]/.test(name))
  const base = resolve(cwd, path.startsWith('/') ? '/' : '', ...names.slice(0, first < 0 ? names.length : first))
  if (first < 0) return { base, depth: Number.POSITIVE_INFINITY, matches: () => true }
  const glob = names.slice(first).join('/')
  const depth = glob.includes('**') ? Number.POSITIVE_INFINITY : names.length - first
  return { base, depth, matches: compileGlob(glob, { dot: false }) }
}

const isBelow = (path: string, folder: string) => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)

const depthBelow = (base: string, path: string) => path === base ? 0 : relative(base, path).split(sep).length

function existingAbove(base: string): string {
  let folder = dirname(base)
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder)
  return folder
}
