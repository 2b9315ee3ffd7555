export type ClientAction = 'start' | 'stop' | 'restart' | 'status' | 'ps'

/** What the command line asks of the running host; read by bin/options.mjs. */
export interface ClientRequest {
  action: ClientAction
  /** The process; `ps` has none. */
  id: string
  /** Absolute. */
  dataDir: string
  json: boolean
}
