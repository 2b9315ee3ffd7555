import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { define, openEngine } from '../../../../helpers/engine'
import { waitFor } from '../../../../helpers/wait-for'

const sleeper = (id: string, more: object = {}) => define({ id, command: 'sleep', args: ['600'], ...more })
const sh = (id: string, script: string, more: object = {}) => define({ id, command: 'sh', args: ['-c', script], ...more })

describe('a process that depends on others', () => {
  it('starts them first', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sleeper('db'), {})
    await processes.create(sleeper('api', { depends_on: { db: 'started' } }), {})
    await processes.create(sleeper('web', { depends_on: { api: 'ready' } }), {})
    expect(await processes.start('web', {})).toMatchObject({ state: 'Running', phase: 'running' })
    const [api, db, web] = processes.list()
    expect([db?.started_at ?? '', api?.started_at ?? '', web?.started_at ?? '']).toEqual([db?.started_at, api?.started_at, web?.started_at].sort())
    expect([api?.state, db?.state]).toEqual(['Running', 'Running'])
  })

  it('waits for what is not ready, says for what, and starts by itself', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sh('db', 'while test ! -e go; do sleep 0.02; done; echo accepting connections; exec sleep 600', { ready: { log: 'accepting' } }), {})
    await processes.create(sleeper('web', { depends_on: { db: 'ready' } }), {})
    expect(await processes.start('web', {})).toMatchObject({ state: 'NotStarted', phase: 'waiting', waiting_for: { db: 'ready' } })
    await expect(processes.start('web', {})).rejects.toMatchObject({ code: 'ALREADY_RUNNING' })
    expect(processes.get('db')).toMatchObject({ phase: 'starting' })
    await writeFile(join(engine.dataDir, 'go'), '')
    const web = await waitFor('it runs', () => processes.get('web').phase === 'running' && processes.get('web'))
    expect(web).not.toHaveProperty('waiting_for')
    expect(processes.get('db').phase).toBe('ready')
  })

  it('fails when one of them does, naming it', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sh('migrate', 'exit 4'), {})
    await processes.create(define({ id: 'gone', command: 'no-such-command' }), {})
    await processes.create(sleeper('api', { depends_on: { migrate: 'succeeded' } }), {})
    await processes.create(sleeper('web', { depends_on: { gone: 'started' } }), {})
    await expect(processes.start('web', {})).rejects.toMatchObject({ code: 'DEPENDENCY_FAILED' })
    expect(processes.get('web')).toMatchObject({ state: 'Failed', phase: 'idle' })
    await processes.start('api', {}).catch(error => expect(error.code).toBe('DEPENDENCY_FAILED'))
    const api = await waitFor('it fails', () => processes.get('api').phase === 'idle' && processes.get('api'))
    expect(api).toMatchObject({ state: 'Failed', error: expect.stringContaining('"migrate": exited with code 4') })
  })

  it('starts after a job that has succeeded', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sh('migrate', ': >migrated'), {})
    await processes.create(sleeper('api', { depends_on: { migrate: 'succeeded' } }), {})
    expect(await processes.start('api', {}, { for: 'spawned' })).toMatchObject({ state: 'Running' })
    expect(processes.get('migrate')).toMatchObject({ state: 'Stopped', exit_code: 0, run: 1 })
    await processes.stop('api')
    await processes.start('api', {})
    expect(processes.get('migrate').run).toBe(1)
  })

  it('waits no longer when it is stopped', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sleeper('db', { ready: { tcp: 1 } }), {})
    await processes.create(sleeper('web', { depends_on: { db: 'ready' } }), {})
    await processes.start('web', {})
    expect(await processes.stop('web')).toMatchObject({ state: 'NotStarted', phase: 'idle' })
    await processes.stop('db')
    expect(processes.get('web')).toMatchObject({ state: 'NotStarted', phase: 'idle' })
  })

  it('waits on in the next host', async () => {
    await using engine = await openEngine()
    const before = engine.vantage.processes
    await before.create(sh('db', 'while test ! -e go; do sleep 0.02; done; echo up; exec sleep 600', { ready: { log: '^up$' } }), {})
    await before.create(sleeper('web', { depends_on: { db: 'ready' } }), {})
    await before.start('web', {})
    const { processes } = await engine.reopen()
    await waitFor('it waits', () => processes.get('web').phase === 'waiting')
    await writeFile(join(engine.dataDir, 'go'), '')
    await waitFor('it runs', () => processes.get('web').phase === 'running')
    expect(processes.get('db')).toMatchObject({ run: 1, phase: 'ready' })
  })

  it('cannot depend on what does not exist, nor on itself in a circle', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await expect(processes.create(sleeper('a', { depends_on: { b: 'started' } }), {})).rejects.toMatchObject({
      code: 'VALIDATION_FAILED', details: [{ field: 'depends_on.b', reason: 'there is no such process' }],
    })
    await processes.create(sleeper('a'), {})
    await processes.create(sleeper('b', { depends_on: { a: 'started' } }), {})
    await processes.create(sleeper('c', { depends_on: { b: 'started' } }), {})
    await expect(processes.patch('a', { depends_on: { c: 'ready' } })).rejects.toMatchObject({ code: 'DEPENDENCY_CYCLE', message: expect.stringContaining('a → c → b → a') })
    expect(processes.get('a')).not.toHaveProperty('depends_on')
    const both = await Promise.allSettled([processes.create(sleeper('x'), {}), processes.create(sleeper('y'), {})])
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
    const circle = await Promise.allSettled([
      processes.patch('x', { depends_on: { y: 'started' } }), processes.patch('y', { depends_on: { x: 'started' } }),
    ])
    expect(circle.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('fails to start when what it needs was removed', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sleeper('db'), {})
    await processes.create(sleeper('web', { depends_on: { db: 'started' } }), {})
    await processes.remove('db', { force: false })
    await expect(processes.start('web', {})).rejects.toMatchObject({ code: 'DEPENDENCY_FAILED' })
    expect(processes.get('web')).toMatchObject({ state: 'Failed', error: expect.stringContaining('"db"') })
  })
})

describe('a group', () => {
  it('starts in the order of its dependencies and stops in the reverse one', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    const noting = (id: string) => `trap 'echo ${id} >>ends; exit 0' TERM; echo up; while :; do sleep 0.02; done`
    await processes.create(sh('db', noting('db'), { group: 'shop', ready: { log: 'up' } }), {})
    await processes.create(sh('web', noting('web'), { group: 'shop', depends_on: { db: 'ready' }, ready: { log: 'up' } }), {})
    await processes.create(sleeper('other'), {})
    const started = await processes.startGroup('shop', {}, { for: 'ready' })
    expect(started.map(({ id, phase }) => [id, phase])).toEqual([['db', 'ready'], ['web', 'ready']])
    const again = await processes.startGroup('shop', {})
    expect(again.map(({ run }) => run)).toEqual([1, 1])
    const stopped = await processes.stopGroup('shop')
    expect(stopped.map(({ state }) => state)).toEqual(['Stopped', 'Stopped'])
    expect(await readFile(join(engine.dataDir, 'ends'), 'utf8')).toBe('web\ndb\n')
    expect(processes.get('other').state).toBe('NotStarted')
  })

  it('that nobody belongs to is an error that names the nearest', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(sleeper('db', { group: 'shop' }), {})
    await expect(processes.startGroup('shp', {})).rejects.toMatchObject({ code: 'PROCESS_NOT_FOUND', message: expect.stringContaining('"shop"') })
  })
})
