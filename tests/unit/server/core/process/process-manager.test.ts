import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { define, openEngine } from '../../../../helpers/engine'
import { isRunning } from '../../../../helpers/processes'
import { waitFor } from '../../../../helpers/wait-for'

const sh = (id: string, script: string) => define({ id, command: 'sh', args: ['-c', script] })

describe('start', () => {
  it('runs the program and tells its pid', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(define({ id: 'web', command: 'sleep', args: ['600'] }), {})
    const info = await processes.start('web', {})
    expect(info).toMatchObject({ state: 'Running', phase: 'running', run: 1 })
    expect(isRunning(info.pid ?? 0)).toBe(true)
  })

  it('lets exactly one of a hundred concurrent starts through', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(define({ id: 'web', command: 'sleep', args: ['600'] }), {})
    const results = await Promise.allSettled(Array.from({ length: 100 }, () => processes.start('web', {})))
    expect(results.filter(result => result.status === 'fulfilled')).toHaveLength(1)
    const refused = results.flatMap(result => result.status === 'rejected' ? [String(result.reason.code)] : [])
    expect(new Set(refused)).toEqual(new Set(['ALREADY_RUNNING']))
  })

  it('passes arguments and environment as they are', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    const args = ['-c', 'printf "%s|" "$@" "$MARK" "$VANTAGE_PROCESS_ID" "$VANTAGE_RUN" >out', 'sh', '', 'a b', '$HOME; id', '"q"', '-n']
    await processes.create(define({ id: 'args', command: 'sh', args, env: { MARK: 'x=y' } }), {})
    await processes.start('args', {})
    await waitFor('it ends', () => processes.get('args').state === 'Stopped')
    expect(await readFile(join(engine.dataDir, 'out'), 'utf8')).toBe('|a b|$HOME; id|"q"|-n|x=y|args|1|')
  })

  it('says why a start cannot happen and is Failed with that reason', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await writeFile(join(engine.dataDir, 'plain'), 'no program', { mode: 0o600 })
    await writeFile(join(engine.dataDir, 'script'), '#!/no/such/interpreter\n', { mode: 0o700 })
    const cases = [
      { command: 'no-such-command-at-all', code: 'COMMAND_NOT_FOUND' },
      { command: './plain', code: 'COMMAND_NOT_EXECUTABLE' },
      { command: './script', code: 'COMMAND_NOT_EXECUTABLE' },
      { command: '/tmp', code: 'COMMAND_NOT_EXECUTABLE' },
      { command: 'true', cwd: join(engine.dataDir, 'gone'), code: 'CWD_NOT_FOUND' },
    ]
    for (const [index, { code, ...fields }] of cases.entries()) {
      await processes.create(define({ id: `p${index}`, ...fields }), {})
      const error = await processes.start(`p${index}`, {}).catch(thrown => thrown)
      expect(error.code).toBe(code)
      expect(processes.get(`p${index}`)).toMatchObject({ state: 'Failed', phase: 'idle', error: error.message })
      expect(processes.get(`p${index}`)).not.toHaveProperty('run')
    }
  })

  it('finds the command on the PATH of its caller, and remembers it', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await writeFile(join(engine.dataDir, 'only-here'), '#!/bin/sh\nexit 7\n', { mode: 0o700 })
    await processes.create(define({ id: 'tool', command: 'only-here' }), {})
    await expect(processes.start('tool', {})).rejects.toMatchObject({ code: 'COMMAND_NOT_FOUND' })
    await processes.start('tool', { path: `${engine.dataDir}:/usr/bin:/bin` })
    await waitFor('it ends', () => processes.get('tool').exit_code === 7)
    await processes.start('tool', {})
    await waitFor('it ends', () => processes.get('tool').run === 2 && processes.get('tool').exit_code === 7)
  })
})

describe('the end of a run', () => {
  it.each([
    { script: 'exit 0', expected: { state: 'Stopped', exit_code: 0 } },
    { script: 'exit 3', expected: { state: 'Failed', exit_code: 3, error: 'exited with code 3' } },
    { script: 'exit 255', expected: { state: 'Failed', exit_code: 255 } },
    { script: 'kill -SEGV $$', expected: { state: 'Failed', signal: 'SIGSEGV', error: 'ended by SIGSEGV' } },
    { script: 'kill -KILL $$', expected: { state: 'Failed', signal: 'SIGKILL' } },
  ])('is told exactly: $script', async ({ script, expected }) => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sh('job', script), {})
    await processes.start('job', {})
    const info = await waitFor('it ends', () => processes.get('job').phase === 'idle' && processes.get('job'))
    expect(info).toMatchObject(expected)
    expect(info).not.toHaveProperty('pid')
    expect('exit_code' in info && 'signal' in info).toBe(false)
  })

  it('ends what the leader left behind and says so', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sh('parent', 'env -i sleep 600 & sleep 600 & exit 4'), {})
    await processes.start('parent', {})
    const info = await waitFor('it ends', () => processes.get('parent').phase === 'idle' && processes.get('parent'))
    expect(info).toMatchObject({ state: 'Failed', exit_code: 4, leftovers_ended: true })
    expect(engine.survivors()).toEqual([])
  })
})

describe('stop', () => {
  it('answers when the whole group is gone, however it ended', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sh('group', 'sleep 600 & sleep 600 & wait'), {})
    await processes.start('group', {})
    await waitFor('its children run', () => engine.survivors().length >= 3)
    const info = await processes.stop('group')
    expect(info).toMatchObject({ state: 'Stopped', phase: 'idle', signal: 'SIGTERM' })
    expect(engine.survivors()).toEqual([])
    await expect(processes.stop('group')).rejects.toMatchObject({ code: 'NOT_RUNNING' })
  })

  it('kills the group when SIGTERM is ignored', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sh('stubborn', 'trap "" TERM; sleep 600 & sleep 600'), {})
    await processes.start('stubborn', {})
    await waitFor('its children run', () => engine.survivors().length >= 3)
    const info = await processes.stop('stubborn', { graceMs: 200 })
    expect(info).toMatchObject({ state: 'Stopped', signal: 'SIGKILL' })
    expect(engine.survivors()).toEqual([])
  })

  it('reaches a process that was suspended', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(define({ id: 'frozen', command: 'sleep', args: ['600'] }), {})
    const { pid = 0 } = await processes.start('frozen', {})
    process.kill(pid, 'SIGSTOP')
    expect(await processes.stop('frozen')).toMatchObject({ state: 'Stopped', signal: 'SIGTERM' })
  })

  it('does not keep others waiting, nor those who only look', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sh('slow', 'trap "sleep 1; exit 0" TERM; : >up; while :; do sleep 0.05; done'), {})
    await processes.start('slow', {})
    await waitFor('its trap is set', () => existsSync(join(engine.dataDir, 'up')))
    const stopping = processes.stop('slow')
    await waitFor('it is stopping', () => processes.get('slow').phase === 'stopping')
    expect(processes.get('slow')).toMatchObject({ state: 'Running' })
    await processes.create(define({ id: 'other', command: 'true' }), {})
    expect(processes.get('slow').phase).toBe('stopping')
    expect(await stopping).toMatchObject({ state: 'Stopped', exit_code: 0 })
  })
})

describe('restart and remove', () => {
  it('restarts with one instance at any time', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(define({ id: 'web', command: 'sleep', args: ['600'] }), {})
    const first = await processes.restart('web', {})
    const second = await processes.restart('web', {})
    expect(second).toMatchObject({ run: 2, state: 'Running' })
    expect(isRunning(first.pid ?? 0)).toBe(false)
    await waitFor('it has become its program', () => engine.survivors().includes(second.pid ?? 0))
  })

  it('refuses to remove what runs, unless forced', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(define({ id: 'web', command: 'sleep', args: ['600'] }), {})
    await processes.start('web', {})
    await expect(processes.remove('web', { force: false })).rejects.toMatchObject({ code: 'PROCESS_RUNNING' })
    await processes.remove('web', { force: true })
    expect(engine.survivors()).toEqual([])
    expect(() => processes.get('web')).toThrow('There is no process "web"')
  })
})

describe('definitions', () => {
  it('names the nearest ids of an unknown one', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(define({ id: 'web-server', command: 'true' }), {})
    expect(() => processes.get('web-sever')).toThrow('Nearest: "web-server"')
  })

  it('says pending_changes until the next start applies an edit', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(define({ id: 'web', command: 'sleep', args: ['600'], env: { A: '1', B: '2' } }), {})
    await processes.start('web', {})
    expect((await processes.patch('web', { description: 'only words' })).info).not.toHaveProperty('pending_changes')
    const changed = await processes.patch('web', { env: { A: null, C: '3' } })
    expect(changed.info).toMatchObject({ pending_changes: true, env: { B: '2', C: '3' }, description: 'only words' })
    expect(changed.before).toMatchObject({ env: { A: '1', B: '2' }, description: 'only words' })
    expect(changed.info.env).not.toHaveProperty('A')
    expect(await processes.restart('web', {})).not.toHaveProperty('pending_changes')
  })

  it('takes project and cwd from the caller where the definition has none', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    const caller = { project: '/usr' }
    expect(await processes.create(define({ id: 'a', command: 'true' }), caller)).toMatchObject({ project: '/usr', cwd: '/usr' })
    expect(await processes.create(define({ id: 'b', command: 'true', cwd: 'lib' }), caller)).toMatchObject({ cwd: '/usr/lib' })
    expect(await processes.create(define({ id: 'c', command: 'true' }), {})).toMatchObject({ cwd: engine.dataDir })
  })
})

describe('the next host', () => {
  it('adopts a run under its pid after a crash, and learns the exit code of one that ended', async () => {
    await using engine = await openEngine()
    const before = engine.vantage.processes
    await before.create(define({ id: 'long', command: 'sleep', args: ['600'] }), {})
    await before.create(sh('short', 'while [ ! -e go ]; do sleep 0.02; done; exit 5'), {})
    const { pid, started_at } = await before.start('long', {})
    await before.start('short', {})
    const created = before.get('long').created_at
    const { processes } = await engine.crash()
    expect(processes.get('long')).toMatchObject({ state: 'Running', pid, started_at, created_at: created, run: 1 })
    await writeFile(join(engine.dataDir, 'go'), '')
    await waitFor('the end is noticed', () => processes.get('short').exit_code === 5)
    expect(processes.get('short').state).toBe('Failed')
    expect(await processes.stop('long')).toMatchObject({ state: 'Stopped', signal: 'SIGTERM' })
  })

  it('finishes a stop that was begun', async () => {
    await using engine = await openEngine()
    const before = engine.vantage.processes
    await before.create(sh('stubborn', 'trap "" TERM; : >up; while :; do sleep 0.05; done'), {})
    await before.start('stubborn', {})
    await waitFor('its trap is set', () => existsSync(join(engine.dataDir, 'up')))
    const abandoned = before.stop('stubborn', { graceMs: 700 })
    await waitFor('it is stopping', () => before.get('stubborn').phase === 'stopping')
    const { processes } = await engine.crash()
    await waitFor('the stop is finished', () => processes.get('stubborn').state === 'Stopped')
    expect(engine.survivors()).toEqual([])
    await abandoned
  })

  it('starts again what the shutdown stopped where that is wanted, and nothing else', async () => {
    await using engine = await openEngine({ stopOnShutdown: true })
    const before = engine.vantage.processes
    for (const id of ['wanted', 'unwanted', 'stopped']) {
      await before.create(define({ id, command: 'sleep', args: ['600'], auto_start_on_restore: id !== 'unwanted' }), {})
      await before.start(id, {})
    }
    await before.stop('stopped')
    await engine.vantage.close()
    expect(engine.survivors()).toEqual([])
    const { processes } = await engine.crash({ stopOnShutdown: false })
    await waitFor('the wanted one runs', () => processes.get('wanted').state === 'Running')
    expect(processes.get('wanted').run).toBe(2)
    expect(processes.get('unwanted').state).toBe('Stopped')
    expect(processes.get('stopped').state).toBe('Stopped')
  })

  it('moves a damaged snapshot aside, names the line, and goes on with the backup and what is alive', async () => {
    await using engine = await openEngine()
    await engine.vantage.processes.create(define({ id: 'kept', command: 'true' }), {})
    await engine.vantage.processes.create(define({ id: 'alive', command: 'sleep', args: ['600'] }), {})
    const { pid } = await engine.vantage.processes.start('alive', {})
    await engine.vantage.close()
    await writeFile(join(engine.dataDir, 'snapshot.yaml'), 'version: 1\nprocesses:\n  a: {\n')
    const { processes } = await engine.crash()
    expect(processes.list().map(info => info.id)).toEqual(['alive', 'kept'])
    expect(processes.get('alive').pid).toBe(pid)
    expect(engine.hostLog.join('')).toMatch(/snapshot\.yaml, line \d+/)
  })

  it('goes on with a process whose log has damaged records', async () => {
    await using engine = await openEngine()
    await engine.vantage.processes.create(define({ id: 'web', command: 'sleep', args: ['600'] }), {})
    const { pid } = await engine.vantage.processes.start('web', {})
    await engine.vantage.close()
    const dir = join(engine.dataDir, 'processes/web')
    for (const file of ['pruned.json', 'runs/1/log.json']) await writeFile(join(dir, file), '{ "cut')
    const { processes } = await engine.crash()
    expect(processes.get('web')).toMatchObject({ state: 'Running', pid, run: 1 })
    expect(engine.hostLog.join()).toContain('the log of \\"web\\" cannot be read')
    expect(await processes.restart('web', {})).toMatchObject({ state: 'Running', run: 2 })
  })

  it('takes back a run whose definition was lost', async () => {
    await using engine = await openEngine()
    await engine.vantage.processes.create(define({ id: 'alive', command: 'sleep', args: ['600'], env: { A: 'b' } }), {})
    const { pid } = await engine.vantage.processes.start('alive', {})
    await engine.vantage.close()
    await writeFile(join(engine.dataDir, 'snapshot.yaml'), 'processes: {}\n')
    const { processes } = await engine.crash()
    expect(processes.get('alive')).toMatchObject({ pid, env: { A: 'b' }, state: 'Running' })
  })
})
