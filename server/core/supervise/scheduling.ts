import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** The kernel takes about ten of these writes a second from users without privileges, all processes together. */
const RETRY_MS = 110
const LIMIT_MS = 5000
const LOWERED = '10'

interface AutogroupFiles { read: (pid: number) => Promise<string>, write: (pid: number, nice: string) => Promise<void> }

export interface SchedulingOptions {
  /** Reads and writes `/proc/PID/autogroup`. */
  files?: AutogroupFiles
  wait?: (ms: number) => Promise<unknown>
}

/**
 * Lowers the share of the processor of a session, where its shim could not because many began at once. Tells whether it
 * is lowered: it is not where the kernel has no autogroups, where it is not allowed, and when the process has gone.
 * Source: reference capture §6. Without it 50 sessions in a flood leave the host 1/51 of the processor.
 */
export async function lowerScheduling(pid: number, { files = kernel, wait = sleep }: SchedulingOptions = {}): Promise<boolean> {
  for (let waited = 0; waited <= LIMIT_MS; waited += RETRY_MS) {
    const answer = await lower(pid, files)
    if (answer !== 'busy') return answer === 'lowered'
    await wait(RETRY_MS)
  }
  return false
}

async function lower(pid: number, files: AutogroupFiles): Promise<'lowered' | 'busy' | 'impossible'> {
  try {
    if (!(await files.read(pid)).trim().endsWith(` nice ${LOWERED}`)) await files.write(pid, LOWERED)
    return 'lowered'
  }
  catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EAGAIN' ? 'busy' : 'impossible'
  }
}

const kernel: AutogroupFiles = {
  read: (pid: number) => usingFile(pid, 'r', async file => String(await file.readFile())),
  write: (pid: number, nice: string) => usingFile(pid, 'r+', async (file) => {
    await file.write(nice)
  }),
}

async function usingFile<T>(pid: number, flags: string, use: (file: Awaited<ReturnType<typeof open>>) => Promise<T>): Promise<T> {
  const file = await open(`/proc/${pid}/autogroup`, flags)
  try {
    return await use(file)
  }
  finally {
    await file.close()
  }
}
