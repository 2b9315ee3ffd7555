import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { runStopCommand } from '../../../../../server/core/supervise/stop-command'
import { pidsWithEnvironment } from '../../../../helpers/processes'
import { waitFor } from '../../../../helpers/wait-for'

const mark = `STOP_COMMAND_TEST=${process.pid}`
const request = (script: string, limitMs = 10_000) => ({
  command: ['sh', '-c', script],
  env: { PATH: process.env.PATH ?? '', STOP_COMMAND_TEST: String(process.pid) },
  cwd: tmpdir(),
  limitMs,
})

describe('runStopCommand', () => {
  it('succeeds with exit code 0, and keeps the end of what was said', async () => {
    expect(await runStopCommand(request('cat; pwd; echo warning >&2'))).toEqual({ ok: true, output: expect.stringContaining('warning\n') })
    const { output } = await runStopCommand(request('seq 100000'))
    expect(output).toHaveLength(4096)
    expect(output.endsWith('100000\n')).toBe(true)
  })

  it.each([
    ['exit 3', 'it exited with code 3'],
    ['kill -TERM $$', 'it was ended by SIGTERM'],
  ])('says why it did not: %s', async (script, reason) => {
    expect(await runStopCommand(request(script))).toEqual({ ok: false, reason, output: '' })
  })

  it('says that it could not be started', async () => {
    const result = await runStopCommand({ ...request(''), command: ['no-such-program'] })
    expect(result).toEqual({ ok: false, reason: 'it could not be started (ENOENT)', output: '' })
  })

  it('kills its group at the limit, and leaves nothing behind when it ends before', async () => {
    expect(await runStopCommand(request('sleep 600 & trap "" TERM; sleep 600', 100))).toMatchObject({ ok: false, reason: 'it did not end within 100 ms' })
    expect(await runStopCommand(request('sleep 600 & exit 0'))).toMatchObject({ ok: true })
    await waitFor('nothing of it is left', () => pidsWithEnvironment(mark).length === 0)
  })

  it('is given up when its caller says so', async () => {
    const caller = new AbortController()
    const running = runStopCommand({ ...request('sleep 600'), signal: caller.signal })
    await waitFor('it runs', () => pidsWithEnvironment(mark).length > 0)
    caller.abort()
    expect(await running).toMatchObject({ ok: false, reason: 'it was given up' })
    expect(await runStopCommand({ ...request('exit 0'), signal: caller.signal })).toMatchObject({ ok: false })
    await waitFor('nothing of it is left', () => pidsWithEnvironment(mark).length === 0)
  })
})
