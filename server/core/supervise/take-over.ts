import { setTimeout as delay } from 'node:timers/promises'
import { readServerRecord } from '../state/server-record'
import { acquireHostLock, HostRunningError, type HostLock } from './host-lock'

/**
 * Asks a host to end without its processes, whatever it does with them at other ends. A version that does not know it dies of it,
 * which they survive as well.
 */
export const HAND_OVER = 'SIGUSR2'

const LIMIT_MS = 3000
const LOOK_MS = 10

/**
 * Takes the data directory over from the host `pid` of an older version: asks it to hand over, and waits for its lock.
 * Throws `HostRunningError` when it does not give way within 3 s, or another host was faster.
 */
export async function takeOverLock(dataDir: string, pid: number): Promise<HostLock> {
  const deadline = performance.now() + LIMIT_MS
  await askToHandOver(dataDir, pid)
  for (;;) {
    try {
      return await acquireHostLock(dataDir)
    }
    catch (error) {
      const isStillThere = error instanceof HostRunningError && error.pid === pid
      if (!isStillThere || performance.now() > deadline) throw error
    }
    await delay(LOOK_MS)
  }
}

async function askToHandOver(dataDir: string, pid: number): Promise<void> {
  const record = await readServerRecord(dataDir)
  if (record?.pid !== pid) return // it has ended meanwhile, and the number may be somebody else's
  try {
    process.kill(pid, HAND_OVER)
  }
  catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
