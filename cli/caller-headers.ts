import { CLIENT_HEADER, PATH_HEADER, PROJECT_HEADER } from '#shared/caller'
import { gitRoot } from './git-root'

/** All headers of a request together may have 16 KiB. */
const MAX_PATH_CHARS = 8192

/** Says who calls, with which PATH and from which project: the git root of `cwd`, if it is in one. A PATH too long is left out. */
export function callerHeaders(path: string | undefined, cwd: string | undefined): Record<string, string> {
  const encodedPath = encodeURIComponent(path ?? '')
  const project = cwd === undefined ? undefined : gitRoot(cwd)
  return {
    [CLIENT_HEADER]: 'cli',
    ...(project !== undefined && { [PROJECT_HEADER]: encodeURIComponent(project) }),
    ...(encodedPath !== '' && encodedPath.length <= MAX_PATH_CHARS && { [PATH_HEADER]: encodedPath }),
  }
}
