/** The list of all processes. */
export const PROCESSES_URI = 'vantage://processes'

/** What the URI of a resource names. */
export type ResourceName = { kind: 'processes' } | { kind: 'process', id: string } | { kind: 'logs', id: string }

/** The URIs of a process and of its log; with `{id}` they are the templates. */
export const processUri = (id: string) => `${PROCESSES_URI}/${id}`
export const logsUri = (id: string) => `${PROCESSES_URI}/${id}/logs`

/** Reads the URI of a resource; undefined when it names none of Vantage. */
export function parseResourceUri(uri: string): ResourceName | undefined {
  if (uri === PROCESSES_URI) return { kind: 'processes' }
  const [, id, logs] = /^vantage:\/\/processes\/([\w.-]{1,64})(\/logs)?$/.exec(uri) ?? []
  if (id === undefined) return undefined
  return { kind: logs === undefined ? 'process' : 'logs', id }
}
