import { CLIENT_HEADER, placeHeaders } from '#shared/caller'
import { gitRoot } from './git-root'

/** Says who calls, with which PATH and from which project: the git root of `cwd`, if it is in one. */
export function callerHeaders(path: string | undefined, cwd: string | undefined): Record<string, string> {
  const project = cwd === undefined ? undefined : gitRoot(cwd)
  return { [CLIENT_HEADER]: 'cli', ...placeHeaders({ ...(project !== undefined && { project }), ...(path !== undefined && { path }) }) }
}
