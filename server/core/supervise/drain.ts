import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ctlDirectory, readLine } from './ctl'

const POLL_MS = [1, 2, 5, 10, 20]

/**
 * Waits until everything that a run with `output: pipe` has written is in its log; at once for a run without.
 * Gives false after `limitMs`: something that outlived the run may hold the pipe, or the machine was started anew.
 */
export async function waitForDrain(runDir: string, limitMs: number): Promise<boolean> {
  const file = join(ctlDirectory(runDir), 'drained')
  const end = performance.now() + limitMs
  for (let round = 0; ; round++) {
    const line = await readLine(file)
    if (line.kind !== 'blank') return true
    const left = end - performance.now()
    if (left <= 0) return false
    await sleep(Math.min(left, POLL_MS[round] ?? 20))
  }
}
