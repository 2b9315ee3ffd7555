import type { ActivityEntry } from '#shared/schemas/activity'

/** An entry as the host answers it, with what a test wants to be different: an agent has stopped web. */
export function activityEntry(part: Partial<ActivityEntry>): ActivityEntry {
  return {
    seq: 1,
    at: '2026-01-01T12:00:00.000Z',
    actor: { kind: 'agent', name: 'claude-code' },
    action: 'stop_process',
    process_id: 'web',
    result: 'ok',
    summary: 'Stopped web',
    ...part,
  }
}
