import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** What a bare Node takes to start and end on a quiet machine of the kind that CI has. */
const QUIET_MS = 60

/**
 * How many times slower than a quiet machine this one is right now, at least 1: a promised second of the contract is that much
 * longer where others keep the processors busy. Figures in real seconds are the bench's.
 */
export async function slowness(): Promise<number> {
  const from = performance.now()
  await once(spawn(process.execPath, ['--eval', '0'], { stdio: 'ignore' }), 'exit')
  return Math.max(1, (performance.now() - from) / QUIET_MS)
}
