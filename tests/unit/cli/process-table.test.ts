import { describe, expect, it } from 'vitest'
import type { ProcessInfo } from '#shared/schemas/process-info'
import { createPaint } from '../../../cli/paint'
import { processTable } from '../../../cli/process-table'

const plain = createPaint(false, {})
const at = '2026-11-26T12:00:00.000Z'

function info(fields: Partial<ProcessInfo> & { id: string }): ProcessInfo {
  return {
    command: 'node', args: [], env: {}, cwd: '/', auto_start_on_restore: false, state: 'NotStarted', phase: 'idle',
    created_at: at, updated_at: at, ...fields,
  }
}

const web = info({ id: 'web', args: ['server.mjs', '--port', '3000'], state: 'Running', phase: 'ready', run: 3, pid: 4711, uptime_ms: 7_500_000 })
const job = info({ id: 'nightly-job', command: '/bin/sh', args: ['-c', 'exit 3'], state: 'Failed', phase: 'idle', run: 12, exit_code: 3 })

describe('processTable', () => {
  it('aligns id, state in words with the exit code, run, pid, uptime and command', () => {
    expect(processTable([web, job, info({ id: 'new' })], { paint: plain }).split('\n').map(line => line.trimEnd())).toEqual([
      'ID           STATE                RUN  PID   UPTIME   COMMAND',
      'web          Ready                3    4711  2 h 5 m  node server.mjs --port 3000',
      'nightly-job  Failed, exit code 3  12                  /bin/sh -c \'exit 3\'',
      'new          Not started                              node',
    ])
  })

  it('cuts the command at the width of the terminal, and nothing else', () => {
    const lines = processTable([web, job], { paint: plain, columns: 66 }).split('\n')
    expect(lines[1]).toBe('web          Ready                3    4711  2 h 5 m  node server…')
    expect(lines.every(line => line.length <= 66)).toBe(true)
  })

  it('colours only the state, by what it means, and stays aligned', () => {
    const lines = processTable([web, job], { paint: createPaint(true, {}) }).split('\n')
    expect(lines[1]?.startsWith(`web          \u001B[32m${'Ready'.padEnd(19)}\u001B[0m  3 `)).toBe(true)
    expect(lines[2]).toContain('\u001B[31mFailed, exit code 3\u001B[0m')
  })

  it.each([[false, {}], [true, { NO_COLOR: '1' }], [true, { TERM: 'dumb' }]])('has no colour where none is wanted (terminal %s, %o)', (isTerminal, env) => {
    expect(processTable([job], { paint: createPaint(isTerminal, env) })).not.toContain('\u001B')
  })

  it('lets no definition write to the terminal', () => {
    const table = processTable([info({ id: 'evil', command: '\u001B]0;x\u0007', args: ['a\nb', '\u202E'] })], { paint: plain })
    expect(table.split('\n')).toHaveLength(2)
    expect(table).toContain(String.raw`'\u001b]0;x\u0007' 'a\u000ab' '\u202e'`)
  })
})
