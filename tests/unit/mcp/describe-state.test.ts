import { describe, expect, it } from 'vitest'
import { ProcessInfo } from '#shared/schemas/process-info'
import { describeState } from '../../../mcp/describe-state'

const AT = '2026-11-22T12:00:00.000Z'

const say = (fields: Partial<ProcessInfo>) => describeState(ProcessInfo.parse({
  id: 'web', command: 'node', cwd: '/', created_at: AT, updated_at: AT, state: 'NotStarted', phase: 'idle', ...fields,
}))

const running = { state: 'Running', phase: 'running', run: 3, pid: 4242, uptime_ms: 65_000 } as const
const failed = { state: 'Failed', phase: 'backoff', run: 3, exit_code: 1, failed_at: AT, error: 'exited with code 1' } as const

describe('describeState', () => {
  it.each<[Partial<ProcessInfo>, string]>([
    [{}, 'NotStarted'],
    [running, 'Running (running), pid 4242, run 3, up 1m5s'],
    [{ ...running, phase: 'unready' }, 'Running (unready), pid 4242, run 3, up 1m5s'],
    [{ phase: 'waiting', waiting_for: { db: 'ready' } }, 'NotStarted, waiting for db (ready)'],
    [
      { phase: 'waiting', waiting_for: { a: 'ready', b: 'started', c: 'succeeded', d: 'ready', e: 'ready' } },
      'NotStarted, waiting for a (ready) and b (started) and c (succeeded) and 2 more',
    ],
    [failed, `Failed, run 3, exited 1 at ${AT}: exited with code 1, backoff`],
    [
      { ...failed, restart_count: 2, next_restart_at: AT },
      `Failed, run 3, exited 1 at ${AT}: exited with code 1, backoff after 2 restarts, next start at ${AT}`,
    ],
    [{ ...running, restart_count: 1 }, 'Running (running), pid 4242, run 3, up 1m5s, 1 restart so far'],
    [{ ...running, throttled: true, truncated: true }, 'Running (running), pid 4242, run 3, up 1m5s, throttled (paused at times: it writes faster than its log allows), truncated (it has cut its own log)'],
    [{ state: 'Stopped', run: 2, signal: 'SIGTERM', stopped_at: AT }, `Stopped, run 2, ended by SIGTERM at ${AT}`],
  ])('of %j is %s', (fields, words) => {
    expect(say(fields)).toBe(words)
  })

  it('lets the words of a program neither break the line nor fill it', () => {
    const text = say({ ...failed, phase: 'idle', error: `bad\nnext: since=evil ${'x'.repeat(1000)}` })
    expect(text).not.toContain('\n')
    expect(text.length).toBeLessThan(260)
  })
})
