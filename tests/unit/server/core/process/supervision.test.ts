import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { define, openEngine } from '../../../../helpers/engine'
import { isRunning } from '../../../../helpers/processes'
import { temporaryDirectory } from '../../../../helpers/temporary-directory'
import { waitFor } from '../../../../helpers/wait-for'

const sh = (id: string, script: string, more: object = {}) => define({ id, command: 'sh', args: ['-c', script], ...more })

describe('readiness', () => {
  it('is waited for where the caller wants that', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sh('web', 'echo booting; echo listening; exec sleep 600', { ready: { log: 'listening' } }), {})
    expect(await processes.start('web', {}, { for: 'ready' })).toMatchObject({ phase: 'ready' })
    const adopted = await engine.crash()
    await waitFor('it is ready again', () => adopted.processes.get('web').phase === 'ready')
  })

  it('that does not come in time is said, and nothing is killed', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sh('web', 'exec sleep 600', { ready: { log: 'never', timeout_ms: 100 } }), {})
    const info = await processes.start('web', {}, { for: 'ready', timeoutMs: 300 })
    expect(info).toMatchObject({ state: 'Running', timed_out: true })
    await waitFor('it is unready', () => processes.get('web').phase === 'unready')
    expect(isRunning(info.pid ?? 0)).toBe(true)
  })

  it('that is lost for good ends the run as failed', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    const ready = { command: ['test', '-e', 'healthy'], interval_ms: 20, keep_checking: true }
    await writeFile(join(engine.dataDir, 'healthy'), '')
    await processes.create(sh('web', 'sleep 0.3; rm healthy; exec sleep 600', { ready }), {})
    const { pid = 0 } = await processes.start('web', {}, { for: 'ready' })
    const info = await waitFor('it ends', () => processes.get('web').phase === 'idle' && processes.get('web'))
    expect(info).toMatchObject({ state: 'Failed', error: expect.stringContaining('3') })
    expect(isRunning(pid)).toBe(false)
  })
})

describe('what a run has started', () => {
  it('is gone after a stop, also what has left the session', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sh('parent', 'setsid sleep 600 & setsid sh -c "setsid sleep 600 & sleep 600" & echo up; wait', { ready: { log: 'up' } }), {})
    await processes.start('parent', {}, { for: 'ready' })
    await waitFor('all run', () => engine.survivors().length >= 4)
    expect(await processes.stop('parent')).toMatchObject({ state: 'Stopped' })
    expect(engine.survivors()).toEqual([])
  })

  it('is ended and said when its program goes into the background', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    const away = 'f=$(mktemp -u); setsid sh -c ": >$f; exec sleep 600" & until [ -e $f ]; do sleep 0.01; done; rm $f'
    await processes.create(sh('daemon', away), {})
    await processes.start('daemon', {})
    const info = await waitFor('it ends', () => processes.get('daemon').phase === 'idle' && processes.get('daemon'))
    expect(info).toMatchObject({ state: 'Stopped', exit_code: 0, leftovers_ended: true })
    expect(processes.runs('daemon')[0]?.reason).toContain('went into the background')
    expect(engine.survivors()).toEqual([])
  })
})

describe('a stop', () => {
  it('runs the stop command instead of a signal', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sh('box', 'while test ! -e stop-it; do sleep 0.02; done; echo bye; exit 0', {
      stop: { command: ['sh', '-c', ': >stop-it'] },
    }), {})
    await processes.start('box', {})
    expect(await processes.stop('box')).toMatchObject({ state: 'Stopped', exit_code: 0 })
    expect((await processes.logs('box').page({ stream: 'stdout', lines: 5 })).lines.map(line => line.text)).toEqual(['bye'])
  })

  it('kills when the stop command does not help', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sh('box', 'exec sleep 600', { stop: { command: ['true'], grace_ms: 100 } }), {})
    await processes.start('box', {})
    expect(await processes.stop('box')).toMatchObject({ state: 'Stopped', signal: 'SIGKILL' })
  })

  it('sends the signal of the definition', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sh('box', 'exec sleep 600', { stop: { signal: 'SIGINT' } }), {})
    await processes.start('box', {})
    expect(await processes.stop('box')).toMatchObject({ state: 'Stopped', signal: 'SIGINT' })
  })
})

describe('the environment', () => {
  it('has what the files say, and the ports that were assigned, the same at every start', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await writeFile(join(engine.dataDir, '.env'), 'HOST_NAME=db\nURL=http://${HOST_NAME}:5432\nOWN=file\n')
    await processes.create(sh('web', 'echo "$URL $OWN $PORT" >>seen', { env_file: '.env', env: { OWN: 'definition' }, assign_ports: { PORT: 'auto' } }), {})
    for (const run of [1, 2]) {
      await processes.start('web', {})
      await waitFor('it ends', () => processes.get('web').phase === 'idle' && processes.get('web').run === run)
    }
    const [first, second] = (await readFile(join(engine.dataDir, 'seen'), 'utf8')).trim().split('\n')
    expect(first).toMatch(/^http:\/\/db:5432 definition 2\d{4}$/)
    expect(second).toBe(first)
  })

  it('whose file is missing fails the start by name', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sh('web', 'true', { env_file: 'no.env' }), {})
    await expect(processes.start('web', {})).rejects.toMatchObject({ code: 'VALIDATION_FAILED', message: expect.stringContaining('no.env') })
    expect(processes.get('web')).toMatchObject({ state: 'Failed' })
  })
})

describe('a failure', () => {
  it('by a taken port names who holds it', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    await processes.create(sh('web', `echo "Error: listen EADDRINUSE: address already in use :::${port}" >&2; exit 1`), {})
    await processes.start('web', {})
    const info = await waitFor('it ends', () => processes.get('web').phase === 'idle' && processes.get('web'))
    server.close()
    expect(info.error).toContain(`exited with code 1; port ${port} is held by pid ${process.pid}`)
  })

  it('by its limit of memory says so', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(define({
      id: 'eater', command: process.execPath, args: ['-e', 'const a = Buffer.alloc(200e6, 1); setInterval(() => a[0]++, 1000)'], limits: { memory_bytes: 100_000_000 },
    }), {})
    await processes.start('eater', {})
    const info = await waitFor('it ends', () => processes.get('eater').phase === 'idle' && processes.get('eater'))
    expect(info).toMatchObject({ state: 'Failed', error: expect.stringContaining('more than its limit of 100 MB') })
  })
})

describe('input', () => {
  it('reaches a process whose stdin is open, in the next host too', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sh('cat', 'exec cat', { stdin: 'open' }), {})
    await processes.start('cat', {})
    await processes.sendInput('cat', 'one\n')
    const next = await engine.crash()
    await next.processes.sendInput('cat', 'two\n')
    await waitFor('both came', async () => (await next.processes.logs('cat').page({ stream: 'stdout', lines: 5 })).lines.length === 2)
  })

  it('is refused where stdin is not open, or nothing runs', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sh('deaf', 'exec sleep 600'), {})
    await expect(processes.sendInput('deaf', 'x')).rejects.toMatchObject({ code: 'NOT_RUNNING' })
    await processes.start('deaf', {})
    await expect(processes.sendInput('deaf', 'x')).rejects.toMatchObject({ code: 'VALIDATION_FAILED' })
  })
})

describe('watched files', () => {
  it('restart the process when they change', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await using source = await temporaryDirectory()
    const file = join(source.path, 'app.js')
    await writeFile(file, '1')
    await processes.create(define({ id: 'web', command: 'sleep', args: ['600'], cwd: source.path, watch: { paths: ['*.js'], debounce_ms: 50 } }), {})
    await processes.start('web', {})
    let writtenAt = -Infinity
    await waitFor('it is restarted', async () => {
      // Again until the watch has begun, and with pauses: a file that never rests is never told.
      if (performance.now() - writtenAt > 1000) await writeFile(file, String(writtenAt = performance.now()))
      const { run = 0, phase } = processes.get('web')
      return run >= 2 && phase === 'running'
    })
  })
})
