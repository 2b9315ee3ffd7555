import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { define, openEngine } from '../../../../helpers/engine'
import { isRunning } from '../../../../helpers/processes'
import { waitFor } from '../../../../helpers/wait-for'

const sh = (id: string, script: string, more: object = {}) => define({ id, command: 'sh', args: ['-c', script], ...more })
const quick = { policy: 'on_failure' as const, backoff_ms: 20, max_backoff_ms: 40, max_retries: 3 }
const slow = { policy: 'on_failure' as const, backoff_ms: 60_000, max_backoff_ms: 60_000 }

describe('a restart policy', () => {
  it('restarts what fails, and gives up with the reason', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sh('job', 'echo run >>runs; exit 3', { restart: quick }), {})
    await processes.start('job', {})
    const info = await waitFor('it is given up', () => processes.get('job').phase === 'idle' && processes.get('job'))
    expect(info).toMatchObject({
      state: 'Failed', run: 4, exit_code: 3, restart_count: 3, error: 'gave up after 3 restarts in a row: exited with code 3',
    })
    expect(await readFile(join(engine.dataDir, 'runs'), 'utf8')).toBe('run\n'.repeat(4))
    expect(processes.runs('job').map(({ run, exit_code: code }) => [run, code])).toEqual([[4, 3], [3, 3], [2, 3], [1, 3]])
    await processes.start('job', {})
    expect(processes.get('job')).not.toHaveProperty('restart_count')
  })

  it('leaves what ends well, or was stopped, at rest', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sh('fine', 'exit 0', { restart: quick }), {})
    await processes.create(sh('long', 'sleep 600', { restart: { ...quick, policy: 'always' } }), {})
    await processes.start('fine', {})
    await waitFor('it ends', () => processes.get('fine').phase === 'idle')
    expect(processes.get('fine')).toMatchObject({ state: 'Stopped', run: 1 })
    await processes.start('long', {})
    expect(await processes.stop('long')).toMatchObject({ state: 'Stopped', phase: 'idle', run: 1 })
  })

  it('restarts what ended well where it says always', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sh('loop', 'exit 0', { restart: { ...quick, policy: 'always', max_retries: 1 } }), {})
    await processes.start('loop', {})
    const info = await waitFor('it is given up', () => processes.get('loop').run === 2 && processes.get('loop').phase === 'idle' && processes.get('loop'))
    expect(info).toMatchObject({ state: 'Stopped', exit_code: 0 })
  })

  it('says when the next start is due, which a stop calls off and a start brings forward', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sh('job', 'exit 1', { restart: slow }), {})
    await processes.start('job', {})
    const paused = await waitFor('it pauses', () => processes.get('job').phase === 'backoff' && processes.get('job'))
    expect(paused).toMatchObject({ state: 'Failed', restart_count: 1, exit_code: 1 })
    expect(Date.parse(paused.next_restart_at ?? '') - Date.now()).toBeGreaterThan(30_000)
    expect(await processes.stop('job')).toMatchObject({ state: 'Failed', phase: 'idle' })
    expect(processes.get('job')).not.toHaveProperty('next_restart_at')
    await expect(processes.stop('job')).rejects.toMatchObject({ code: 'NOT_RUNNING' })
    await processes.start('job', {})
    await waitFor('it pauses again', () => processes.get('job').phase === 'backoff')
    await processes.start('job', {})
    expect(processes.get('job').run).toBe(3)
  })

  it('goes on counting when its command has vanished', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await appendFile(join(engine.dataDir, 'tool'), '#!/bin/sh\nrm tool\nexit 1\n', { mode: 0o700 })
    await processes.create(define({ id: 'job', command: './tool', restart: quick }), {})
    await processes.start('job', {})
    const info = await waitFor('it is given up', () => processes.get('job').phase === 'idle' && processes.get('job'))
    expect(info).toMatchObject({ state: 'Failed', run: 1, error: 'gave up after 3 restarts in a row: The command "./tool" was not found.' })
  })

  it('survives the host: its pause goes on, and what failed while no host ran is restarted', async () => {
    await using engine = await openEngine()
    await engine.vantage.processes.create(sh('paused', 'exit 1', { restart: slow }), {})
    await engine.vantage.processes.create(sh('later', 'test -e again && exec sleep 600; : >up; while test ! -e go; do sleep 0.02; done; : >again; exit 2', { restart: quick }), {})
    await engine.vantage.processes.start('paused', {})
    await engine.vantage.processes.start('later', {})
    const before = await waitFor('it pauses', () => engine.vantage.processes.get('paused').phase === 'backoff' && engine.vantage.processes.get('paused'))
    await engine.vantage.close()
    await appendFile(join(engine.dataDir, 'go'), '')
    await waitFor('the other one has ended', () => engine.survivors().length === 0)
    const { processes } = await engine.crash()
    expect(processes.get('paused')).toMatchObject({ phase: 'backoff', restart_count: 1, next_restart_at: before.next_restart_at })
    const info = await waitFor('it runs again', () => processes.get('later').phase === 'running' && processes.get('later'))
    expect(info).toMatchObject({ run: 2, restart_count: 1 })
    expect(isRunning(info.pid ?? 0)).toBe(true)
  })
})
