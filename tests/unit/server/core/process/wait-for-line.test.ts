import { describe, expect, it } from 'vitest'
import { define, openEngine } from '../../../../helpers/engine'
import { waitFor } from '../../../../helpers/wait-for'

const soon = () => AbortSignal.timeout(15_000)
const sh = (id: string, script: string, fields: object = {}) => define({ id, command: 'sh', args: ['-c', script], ...fields })

async function run(script: string, fields: object = {}) {
  const engine = await openEngine()
  const { processes } = engine.vantage
  await processes.create(sh('job', script, fields), {})
  await processes.start('job', {})
  return { engine, processes, [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose]() }
}

describe('untilLine', () => {
  it('finds what the run has written already, the newest of it, on either stream', async () => {
    await using job = await run('echo built 1; echo built 2 >&2; sleep 600')
    await waitFor('both are there', async () => (await job.processes.logs('job').page({ stream: 'both', lines: 9 })).lines.length === 2)
    expect(await job.processes.untilLine('job', '^built', soon())).toMatchObject({ stage: 'matched', run: 1, line: { text: 'built 2', stream: 'stderr' } })
    expect(await job.processes.untilLine('job', 'built 1', soon())).toMatchObject({ line: { text: 'built 1', stream: 'stdout' } })
  })

  it('waits for what is still to come, an unfinished line included', async () => {
    await using job = await run('read a; echo first; read b; printf "Continue? [y/N] "; sleep 600', { stdin: 'open' })
    const first = job.processes.untilLine('job', 'first', soon())
    const prompt = job.processes.untilLine('job', 'Continue\\?', soon())
    await job.processes.sendInput('job', 'x\n')
    expect(await first).toMatchObject({ stage: 'matched', line: { text: 'first' } })
    await job.processes.sendInput('job', 'x\n')
    expect(await prompt).toMatchObject({ stage: 'matched', line: { text: 'Continue? [y/N] ' } })
  })

  it('does not look at earlier runs, and waits for the one that a policy or a dependency holds back', async () => {
    await using job = await run('test "$VANTAGE_RUN" = 1 && echo here && exit 1; echo there; sleep 600', { restart: { policy: 'on_failure', backoff_ms: 200 } })
    await waitFor('it pauses', () => job.processes.get('job').phase === 'backoff')
    expect(await job.processes.untilLine('job', 'here$', soon())).toMatchObject({ stage: 'matched', run: 2, line: { text: 'there' } })
  })

  it('says that the run has ended, with its last words looked at', async () => {
    await using job = await run('read a; echo last; exit 3', { stdin: 'open' })
    const never = job.processes.untilLine('job', 'never', soon())
    const last = job.processes.untilLine('job', '^last$', soon())
    await job.processes.sendInput('job', 'x\n')
    expect(await never).toMatchObject({ stage: 'ended', run: 1, process: { state: 'Failed', exit_code: 3 } })
    expect(await last).toMatchObject({ stage: 'matched' })
    expect(await job.processes.untilLine('job', 'last', soon())).toMatchObject({ stage: 'matched', run: 1 })
  })

  it('ends by its time, and when the process is removed', async () => {
    await using job = await run('sleep 600')
    expect(await job.processes.untilLine('job', 'x', AbortSignal.timeout(50))).toMatchObject({ stage: 'timed_out', run: 1 })
    const waiting = job.processes.untilLine('job', 'x', soon())
    await Promise.all([expect(waiting).rejects.toMatchObject({ code: 'PROCESS_NOT_FOUND' }), job.processes.remove('job', { force: true })])
  })

  it('refuses a pattern that is invalid or takes too long, by its name', async () => {
    await using job = await run(`echo ${'a'.repeat(40)}!; sleep 600`)
    await job.processes.untilLine('job', 'a', soon())
    for (const pattern of ['(', '^(a+)+$']) {
      await expect(job.processes.untilLine('job', pattern, soon())).rejects.toMatchObject({ code: 'VALIDATION_FAILED', details: [{ field: 'pattern' }] })
    }
  })
})

describe('untilEnded', () => {
  it('gives the end of the run that there is, also when a newer one begins, and at once where it has ended', async () => {
    await using job = await run('read a; exit 4', { stdin: 'open', restart: { policy: 'always', backoff_ms: 0 } })
    const waiting = job.processes.untilEnded('job', soon())
    await job.processes.sendInput('job', 'x\n')
    expect(await waiting).toMatchObject({ stage: 'ended', run: 1 })
    await waitFor('it runs anew', () => job.processes.get('job').run === 2)
    expect(await job.processes.untilEnded('job', AbortSignal.timeout(50))).toMatchObject({ stage: 'timed_out', run: 2 })
    await job.processes.stop('job')
    expect(await job.processes.untilEnded('job', soon())).toMatchObject({ stage: 'ended', run: 2, process: { state: 'Stopped' } })
  })

  it('of one that has never run says so', async () => {
    await using engine = await openEngine()
    await engine.vantage.processes.create(sh('job', 'true'), {})
    const result = await engine.vantage.processes.untilEnded('job', soon())
    expect(result).toMatchObject({ stage: 'ended', process: { state: 'NotStarted' } })
    expect(result.run).toBeUndefined()
  })
})
