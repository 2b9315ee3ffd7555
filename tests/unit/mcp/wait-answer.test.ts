import { describe, expect, it } from 'vitest'
import type { CallContext } from '../../../server/operations/define'
import { perform } from '../../../server/operations/perform'
import { waitForProcess } from '../../../server/operations/wait-for-process'
import { toWaitAnswer } from '../../../mcp/wait-answer'
import { define, openEngine } from '../../helpers/engine'

async function start(script: string, fields: object = {}) {
  const engine = await openEngine()
  const { processes } = engine.vantage
  await processes.create(define({ id: 'job', command: 'sh', args: ['-c', script], ...fields }), {})
  await processes.start('job', {})
  const context: CallContext = { vantage: engine.vantage, actor: { kind: 'agent', name: 'test' }, caller: {}, signal: new AbortController().signal }
  return {
    processes,
    wait: async (request: object) => {
      const input = waitForProcess.input.parse({ id: 'job', ...request })
      return (await toWaitAnswer(await perform(waitForProcess, input, context), input, context)).structuredContent ?? {}
    },
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  }
}

describe('the answer of wait_for_process', () => {
  it('has the line with its place, cleaned and without secrets', async () => {
    await using job = await start('printf "\\033[31mkey is %s\\033[0m\\n" "$API_KEY"; sleep 600', { env: { API_KEY: 'k-123456-abc' } })
    const answer = await job.wait({ for: 'log', pattern: 'key is' })
    expect(answer).toMatchObject({ success: true, outcome: 'matched', state: 'Running', line: { run: 1, stream: 'stdout', untrusted_text: 'key is [secret API_KEY]' } })
    expect(answer.next).toMatch(/around=\S+ for its context, since=\S+ for/)
  })

  it('says how a run has ended that was to become ready, with its first errors', async () => {
    await using job = await start('read a; echo "Error: no database" >&2; exit 3', { stdin: 'open', ready: { log: 'never' } })
    const waiting = job.wait({ for: 'ready' })
    await job.processes.sendInput('job', 'x\n')
    const answer = await waiting
    expect(answer).toMatchObject({ success: false, outcome: 'ended', state: 'Failed', exit_code: 3, next: expect.stringContaining('ensure_process id=job') })
    expect(JSON.stringify(answer.untrusted_output)).toContain('Error: no database')
  })

  it('of an end has the exit code; at once where it has ended, and is none where it never ran', async () => {
    await using job = await start('exit 0')
    expect(await job.wait({ for: 'exit' })).toMatchObject({ success: true, outcome: 'ended', state: 'Stopped', exit_code: 0 })
    expect(await job.wait({ for: 'exit' })).toMatchObject({ success: true, exit_code: 0 })
    await job.processes.create(define({ id: 'new', command: 'true' }), {})
    expect(await job.wait({ id: 'new', for: 'exit' })).toMatchObject({ success: false, outcome: 'not running', state: 'NotStarted' })
    expect(await job.wait({ for: 'ready' })).toMatchObject({ success: false, state: 'Stopped', next: expect.stringContaining('It does not run') })
  })

  it('of readiness has the URL', async () => {
    await using job = await start(`exec ${process.execPath} -e 'require("http").createServer().listen(0, "127.0.0.1", function () { console.log("on http://127.0.0.1:" + this.address().port) })'`, { ready: { log: 'on http' } })
    expect(await job.wait({ for: 'ready' })).toMatchObject({ success: true, outcome: 'ready', url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), ports: [expect.any(Number)] })
  })

  it('is one also when the time is over', async () => {
    await using job = await start('sleep 600')
    expect(await job.wait({ for: 'exit', timeout_ms: 50 })).toMatchObject({ success: false, outcome: 'timed out', state: 'Running', next: expect.stringContaining('Call again') })
  })
})
