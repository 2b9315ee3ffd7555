import picomatch from 'picomatch'
import { failure } from '#shared/errors'

/** More stars than these in one name, or more "**", and some file names take minutes: 4 in a name of 250 letters took 3.4 s. */
const MAX_STARS_IN_NAME = 3
const MAX_GLOBSTARS = 2

/** Throws `VALIDATION_FAILED` for a glob whose matching could hold up the event loop. */
export function checkGlob(field: string, glob: string): void {
  const names = glob.split('/')
  const globstars = names.filter(name => name.includes('**')).length
  const isSlow = globstars > MAX_GLOBSTARS || names.some(name => name !== '**' && name.split('*').length - 1 > MAX_STARS_IN_NAME)
  if (isSlow) throw failure('VALIDATION_FAILED', { problems: [{ field, reason: 'has too many "*"' }] })
}

/** Gives the matcher of a glob: `*`, `**`, `?`, `[…]` and `{a,b}`; parentheses and `+` are characters like others. */
export function compileGlob(glob: string, { dot }: { dot: boolean }): (path: string) => boolean {
  return picomatch(glob.replace(/[()|+]/g, '\\$&'), { dot, noextglob: true, nonegate: true })
}
