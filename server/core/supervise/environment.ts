/** What belongs to the host alone and never reaches a process (CONTRACT §7). */
const HOST_ONLY = /^(?:PORT|HOST|NITRO_.*|CLAUDE.*|VANTAGE_.*|NODE_CHANNEL_.*|NODE_UNIQUE_ID)$/

/** The environment that processes inherit from the host: all of it but what is the host's own. */
export function inheritedEnvironment(host: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(host).flatMap(([name, value]) =>
    value === undefined || HOST_ONLY.test(name) ? [] : [[name, value]]))
}

export interface RunMarks { id: string, run: number, runId: string }

/**
 * The environment of one run: what is inherited, the PATH it starts with, the definition's variables, and the marks by
 * which it and its descendants are known.
 */
export function runEnvironment(
  inherited: Record<string, string>,
  { path, env }: { path: string, env: Record<string, string> },
  { id, run, runId }: RunMarks,
): Record<string, string> {
  return { ...inherited, PATH: path, ...env, VANTAGE_PROCESS_ID: id, VANTAGE_RUN: String(run), [RUN_MARK]: runId }
}

/** The variable that every descendant of a run carries in its environment, with the random id of the run. */
export const RUN_MARK = 'VANTAGE_RUN_ID'
