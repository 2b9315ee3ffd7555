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
