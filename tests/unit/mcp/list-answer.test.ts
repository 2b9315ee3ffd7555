import { describe, expect, it } from 'vitest'
import { ProcessInfo } from '#shared/schemas/process-info'
import { toCompact } from '../../../mcp/answers'
import { toGroupAnswer, toListAnswer } from '../../../mcp/list-answer'

const AT = '2026-11-22T12:00:00.000Z'

const info = (id: string, fields: Partial<ProcessInfo> = {}) => ProcessInfo.parse({
  id, command: 'node', cwd: '/', env: { KEY: 'hush' }, created_at: AT, updated_at: AT, state: 'Running', phase: 'ready', ...fields,
})

const many = Array.from({ length: 200 }, (_, index) => info(`p${index}`, { description: 'x'.repeat(300) }))

describe('toCompact', () => {
  it('leaves out nothing but the values of the environment', () => {
    const full = info('web', {
      restart: { policy: 'always', max_retries: 1, backoff_ms: 2, max_backoff_ms: 3, reset_after_ms: 4 },
      depends_on: { db: 'ready' }, ports: [80], cpu_percent: 1.5, memory_bytes: 7, restart_count: 1, next_restart_at: AT,
      waiting_for: { db: 'ready' }, leftovers_ended: true, truncated: true, throttled: true, pending_changes: true,
    })
    expect(toCompact(full)).toEqual({ ...full, env: ['KEY'] })
  })
})

describe('toGroupAnswer', () => {
  it('has every process complete, with its error', () => {
    const broken = info('b', { state: 'Failed', error: 'no', limits: { open_files: 64 } })
    expect(toGroupAnswer([info('a'), broken], false).structuredContent).toEqual({ success: false, processes: [toCompact(info('a')), toCompact(broken)] })
  })

  it('stays small, and says what it leaves out', () => {
    const answer = toGroupAnswer(many, true)
    expect(JSON.stringify(answer.structuredContent).length).toBeLessThan(31_000)
    const { processes, left_out: leftOut } = answer.structuredContent ?? {}
    expect(Array.isArray(processes) && processes.length + Number(leftOut)).toBe(200)
  })
})

describe('toListAnswer', () => {
  it('has rows without what only the definition says', () => {
    const [row] = JSON.parse(JSON.stringify(toListAnswer([info('a', { limits: { open_files: 64 }, ports: [80] })], undefined).structuredContent)).processes
    expect(row).toEqual({ id: 'a', command: 'node', args: [], cwd: '/', state: 'Running', phase: 'ready', ports: [80] })
  })

  it('stays small, and counts what it leaves out', () => {
    const { structuredContent = {} } = toListAnswer(many, undefined)
    expect(JSON.stringify(structuredContent).length).toBeLessThan(31_000)
    expect(structuredContent).toMatchObject({ total: 200, left_out: expect.any(Number) })
  })
})
