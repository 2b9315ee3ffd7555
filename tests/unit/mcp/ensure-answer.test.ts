import { describe, expect, it } from 'vitest'
import type { CallContext } from '../../../server/operations/define'
import { ensureProcess, type EnsuredProcess } from '../../../server/operations/ensure-process'
import { perform } from '../../../server/operations/perform'
import { toEnsureAnswer } from '../../../mcp/ensure-answer'
import { openEngine, type TestEngine } from '../../helpers/engine'

const contextOf = ({ vantage }: TestEngine): CallContext =>
  ({ vantage, actor: { kind: 'agent', name: 'test' }, caller: {}, signal: new AbortController().signal })

/** Ensures `web` as a program of Node and gives the answer. */
async function ensured(engine: TestEngine, script: string, fields: object = {}) {
  const context = contextOf(engine)
  const input = ensureProcess.input.parse({ id: 'web', command: process.execPath, args: ['-e', script], ...fields })
  const output = await perform(ensureProcess, input, context)
  return { output, answer: (await toEnsureAnswer(output, context)).structuredContent ?? {} }
}

describe('the answer of ensure_process', () => {
  it('has the first errors of what failed, without secrets', async () => {
    await using engine = await openEngine()
    const script = 'console.error("Error: no access with " + process.env.API_KEY); process.exit(3)'
    const { answer } = await ensured(engine, script, { env: { API_KEY: 'k-123456-abc' } })
    expect(answer).toMatchObject({ success: false, outcome: 'created and started', state: 'Failed', exit_code: 3, next: expect.stringContaining('ensure_process again') })
    expect(JSON.stringify(answer)).toContain('Error: no access with [secret API_KEY]')
    expect(JSON.stringify(answer)).not.toContain('k-123456')
  })

  it('has the last lines where nothing looks like an error, and says that a policy goes on', async () => {
    await using engine = await openEngine()
    const { answer } = await ensured(engine, 'console.log("bye"); process.exit(4)', { restart: { policy: 'always', backoff_ms: 60_000, max_backoff_ms: 60_000 } })
    expect(answer).toMatchObject({ success: false, phase: 'backoff', exit_code: 4, next_restart_at: expect.any(String), untrusted_output: [' | bye'] })
    expect(answer.next).toContain('restart policy')
  })

  it('of one that ended well is a success', async () => {
    await using engine = await openEngine()
    const { answer } = await ensured(engine, '')
    expect(answer).toMatchObject({ success: true, state: 'Stopped', exit_code: 0, next: 'It has ended by itself.' })
  })

  it('says what it takes for up, and shows the errors of one that only seems so', async () => {
    await using engine = await openEngine()
    const { answer } = await ensured(engine, 'console.error("Error: app crashed - waiting for file changes"); setInterval(() => {}, 1000)')
    expect(answer).toMatchObject({ success: true, state: 'Running', phase: 'running' })
    expect(answer.next).toContain('no ready rule')
    expect(JSON.stringify(answer.untrusted_output)).toContain('app crashed')
  })

  it('that comes too early says how to wait on', async () => {
    await using engine = await openEngine()
    const { answer } = await ensured(engine, 'setInterval(() => {}, 1000)', { ready: { log: 'never' }, timeout_ms: 50 })
    expect(answer).toMatchObject({ success: false, timed_out: true, phase: 'starting', next: expect.stringContaining('wait_for_process id=web for=ready') })
  })

  it('warns of a check that something else answers', async () => {
    await using engine = await openEngine()
    const serve = 'require("net").createServer().listen(0, "127.0.0.1", function () { console.log("up") })'
    const { output } = await ensured(engine, serve, { ready: { log: 'up' } })
    const ready = { tcp: 1, timeout_ms: 1, interval_ms: 10, keep_checking: false }
    const other: EnsuredProcess = { ...output, process: { ...output.process, ready } }
    expect((await toEnsureAnswer(other, contextOf(engine))).structuredContent?.next).toContain('Port 1, which answers its check, is not one')
  })

  it('stays small, however much has changed', async () => {
    await using engine = await openEngine()
    const { output } = await ensured(engine, '')
    const changes = Array.from({ length: 20 }, (_, index) => `field${index}: ${'x'.repeat(300)}`)
    const { structuredContent } = await toEnsureAnswer({ ...output, changes }, contextOf(engine))
    expect(structuredContent).toMatchObject({ more_changes: 12 })
    expect(JSON.stringify(structuredContent).length).toBeLessThan(1800)
  })

  it('is told to the activity, with the call that takes it back', async () => {
    await using engine = await openEngine()
    const told: unknown[] = []
    const call = async (fields: object) => {
      const input = ensureProcess.input.parse({ id: 'web', ...fields })
      await ensureProcess.handler(input, { ...contextOf(engine), tell: what => told.push(what) })
    }
    const sleeper = { command: 'sleep', args: ['600'], ready: { delay_ms: 0 } }
    await call(sleeper)
    await call({ ...sleeper, group: 'x' })
    await engine.vantage.processes.stop('web')
    await call({})
    await call({})
    const at = { processId: 'web' }
    expect(told).toMatchObject([
      { ...at, summary: expect.stringMatching(/^Created and started web \(pid \d+\)$/), undo: { method: 'DELETE', path: '/api/processes/web?force=true' } },
      { ...at, summary: expect.stringMatching(/^Updated web /), undo: { method: 'PUT', path: '/api/processes/web', body: { args: ['600'] } } },
      { ...at, summary: expect.stringMatching(/^Started web /), undo: { method: 'POST', path: '/api/processes/web/stop' } },
      { ...at, summary: expect.stringMatching(/^Looked after web /) },
    ])
    expect(told[3]).not.toHaveProperty('undo')
  })
})
