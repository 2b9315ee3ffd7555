import { z } from 'zod'
import type { WaitOptions } from '../core/process/wait-until'

const HOUR_MS = 3_600_000

/** What a start or restart waits for before it answers; a time alone is that for the launch. */
export const waitFields = {
  wait: z.enum(['spawned', 'ready'], 'must be "spawned" or "ready"').optional()
    .describe('Answer when it is launched, or when it is ready.'),
  timeout_ms: z.int('must be a whole number').min(1, 'must be at least 1').max(HOUR_MS, 'must be at most an hour').optional()
    .describe('Longest wait; then the answer has timed_out.'),
}

interface WaitRequest { wait?: WaitOptions['for'] | undefined, timeout_ms?: number | undefined }

/** Gives what the engine is to wait for until `signal` aborts; undefined where nothing was asked for. */
export function toWait({ wait, timeout_ms: timeoutMs }: WaitRequest, signal: AbortSignal): WaitOptions | undefined {
  return wait === undefined && timeoutMs === undefined ? undefined : { for: wait ?? 'spawned', timeoutMs, signal }
}
