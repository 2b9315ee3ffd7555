/** Who acts: agents are named by MCP `clientInfo`, dashboard and CLI by the header `X-Vantage-Client`. */
export const ACTOR_KINDS = ['agent', 'dashboard', 'cli', 'api', 'system'] as const
export interface Actor { kind: (typeof ACTOR_KINDS)[number], name: string }

/** Where a caller stands: a new process gets its project, a start its PATH. */
export interface Caller {
  /** Absolute directory of the caller's project. */
  project?: string
  /** The caller's PATH. */
  path?: string
  /** The MCP session: what `lifetime: session` is bound to. The bridge keeps its own across hosts, else it is that of the transport. */
  session?: string
}

/** Headers by which clients on this machine tell who and where they are; values are URI-encoded. */
export const CLIENT_HEADER = 'x-vantage-client'
export const PROJECT_HEADER = 'x-vantage-project'
export const PATH_HEADER = 'x-vantage-path'
export const SESSION_HEADER = 'x-vantage-session'

/** All headers of a request together may have 16 KiB. */
const MAX_PATH_CHARS = 8192

/** Gives the headers that say where a caller stands. A PATH too long for one is left out: processes then get that of the host. */
export function placeHeaders({ project, path = '' }: Pick<Caller, 'project' | 'path'>): Record<string, string> {
  const encodedPath = encodeURIComponent(path)
  return {
    ...(project !== undefined && { [PROJECT_HEADER]: encodeURIComponent(project) }),
    ...(encodedPath !== '' && encodedPath.length <= MAX_PATH_CHARS && { [PATH_HEADER]: encodedPath }),
  }
}
