import type { ProcessInfo } from '#shared/schemas/process-info'

/** A process as the host answers it, with what a test wants to be different. */
export function processInfo(part: Partial<ProcessInfo>): ProcessInfo {
  const at = '2026-01-01T00:00:00.000Z'
  return {
    id: 'web', command: 'node', args: [], env: {}, cwd: '/srv', auto_start_on_restore: false,
    state: 'NotStarted', phase: 'idle', created_at: at, updated_at: at, ...part,
  }
}
