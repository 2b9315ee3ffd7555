import { closeSync, openSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** The kernel takes about ten of these writes a second from users without privileges, all processes together. */
const RETRY_MS = 110
const LIMIT_MS = 5000
const LOWERED = '10'

export interface SchedulingOptions {
  /** Writes to `/proc/PID/autogroup`. */
  write?: (pid: number, nice: string) => void
  wait?: (ms: number) => Promise<unknown>
}

/**
 * Lowers the share of the processor of a session; where many begin at once, one after the other. Tells whether it is
 * lowered: it is not where the kernel has no autogroups, where it is not allowed, and when the process has gone.
 * Source: reference capture §6. Without it 50 sessions in a flood leave the host 1/51 of the processor.
 */
export async function lowerScheduling(pid: number, { write = writeAutogroup, wait = sleep }: SchedulingOptions = {}): Promise<boolean> {
  for (let waited = 0; waited <= LIMIT_MS; waited += RETRY_MS) {
    const answer = lower(pid, write)
    if (answer !== 'busy') return answer === 'lowered'
    await wait(RETRY_MS)
  }
  return false
}

function lower(pid: number, write: typeof writeAutogroup): 'lowered' | 'busy' | 'impossible' {
  try {
    write(pid, LOWERED)
    return 'lowered'
  }
  catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EAGAIN' ? 'busy' : 'impossible'
  }
}

/** The kernel answers at once; through a thread of Node's it would take ten times as long. */
function writeAutogroup(pid: number, nice: string): void {
  const file = openSync(`/proc/${pid}/autogroup`, 'r+')
  try {
    writeSync(file, nice)
  }
  finally {
    closeSync(file)
  }
}
