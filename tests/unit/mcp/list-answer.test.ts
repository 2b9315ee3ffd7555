import { describe, expect, it } from 'vitest'
import { ProcessInfo } from '#shared/schemas/process-info'
import { toBrief, toCompact } from '../../../mcp/answers'
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
    expect(row).toEqual({ id: 'a', command: 'node', state: 'Running', phase: 'ready', ports: [80] })
  })

  it.each([1, 10, 50])('takes at most 130 characters a running process, with %i of them', (count) => {
    const running = Array.from({ length: count }, (_, at) => info(`service-${at}`, {
      command: 'npm', args: ['run', 'dev'], cwd: '/home/dev/shop', project: '/home/dev/shop', phase: at % 2 ? 'ready' : 'running',
      pid: 40_000 + at, run: 12, started_at: AT, uptime_ms: 3_600_000, ports: [3000 + at], cpu_percent: 12.5, memory_bytes: 123_456_789,
    }))
    const { processes } = toListAnswer(running, '/home/dev/shop').structuredContent ?? {}
    expect(JSON.stringify(processes).length / count).toBeLessThanOrEqual(130)
  })

  it('says of a process in trouble what is wrong, of another project which, and shortens what is long', () => {
    const failed = info('a', {
      state: 'Failed', phase: 'idle', exit_code: 3, error: `exited with code 3${'!'.repeat(500)}`, project: '/other', args: ['x'.repeat(100)],
      description: 'y'.repeat(300), restart_count: 2,
    })
    const [row] = JSON.parse(JSON.stringify(toListAnswer([failed], '/mine').structuredContent)).processes
    expect(row).toMatchObject({ state: 'Failed', exit_code: 3, project: '/other', restart_count: 2, error: expect.stringMatching(/^exited with code 3/) })
    expect([row.command.length, row.description.length, row.phase]).toEqual([60, 80, undefined])
  })
})

describe('toBrief', () => {
  it('keeps a supervised process under 900 characters, without defaults', () => {
    const full = info('shop-api', {
      command: 'npm', args: ['run', 'dev', '--', '--port', '3000'], cwd: '/home/dev/shop', project: '/home/dev/shop', description: 'API of the shop',
      group: 'shop', tags: ['api', 'node'], env_file: '.env', restart: { policy: 'on_failure', max_retries: 10, backoff_ms: 500, max_backoff_ms: 30_000, reset_after_ms: 60_000 },
      depends_on: { db: 'ready' }, pid: 41_234, run: 12, started_at: AT, uptime_ms: 3_600_000, ports: [3000], cpu_percent: 12.5, memory_bytes: 123_456_789,
    })
    const text = JSON.stringify(toBrief(full))
    expect(text.length).toBeLessThan(900)
    expect(JSON.parse(text)).toMatchObject({ depends_on: { db: 'ready' }, env: ['KEY'], restart: { policy: 'on_failure' } })
    expect(Object.keys(toBrief(info('a')))).toEqual(['id', 'command', 'cwd', 'state', 'phase', 'env'])
  })

  it('stays small, and counts what it leaves out', () => {
    const { structuredContent = {} } = toListAnswer(many, undefined)
    expect(JSON.stringify(structuredContent).length).toBeLessThan(31_000)
    expect(structuredContent).toMatchObject({ total: 200, left_out: expect.any(Number) })
  })
})
