import { parseLeaderLine } from './ps-table'
import { parseStat } from './linux'

/** The leader of a run as the shim has recorded it. */
export interface Leader {
  pid: number
  /** Number of its process group: its own pid, or that of the shim where the two share one. */
  group: number
  startTime: string
}

/** Takes apart what the shim has written: the line of `/proc/PID/stat` from before it made a session, or that of `ps`. */
export function parseLeader(line: string): Leader | undefined {
  const stat = parseStat(line)
  return stat ? { pid: stat.pid, group: stat.pid, startTime: stat.startTime } : parseLeaderLine(line)
}
