/** What belongs to the host alone and never reaches a process (CONTRACT §7). */
const HOST_ONLY = /^(?:PORT|HOST|NITRO_.*|CLAUDE.*|VANTAGE_.*|NODE_CHANNEL_.*|NODE_UNIQUE_ID)$/

/** The environment that processes inherit from the host: all of it but what is the host's own. */
export function inheritedEnvironment(host: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(host).flatMap(([name, value]) =>
    value === undefined || HOST_ONLY.test(name) ? [] : [[name, value]]))
}

/** The variable that every descendant of a run carries in its environment, with the random id of the run. */
export const RUN_MARK = 'VANTAGE_RUN_ID'

/** The variables by which a run and its descendants are known. The shim hands them to the command, without having them itself. */
export const RUN_MARKS = ['VANTAGE_PROCESS_ID', 'VANTAGE_RUN', RUN_MARK] as const

export interface RunMarks { id: string, run: number, runId: string }

/** The values of RUN_MARKS, in their order. */
export function markValues({ id, run, runId }: RunMarks): string[] {
  return [id, String(run), runId]
}

/** The environment of a run without its marks: what is inherited, the PATH it starts with, the definition's variables. */
export function runEnvironment(
  inherited: Record<string, string>,
  { path, env }: { path: string, env: Record<string, string> },
): Record<string, string> {
  const marks: readonly string[] = RUN_MARKS
  return Object.fromEntries(Object.entries({ ...inherited, PATH: path, ...env }).filter(([name]) => !marks.includes(name)))
}
