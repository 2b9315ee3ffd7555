import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { define, openEngine, type TestEngine } from '../../../../helpers/engine'
import { isRunning } from '../../../../helpers/processes'

const sleeper = (id: string, fields: object = {}) => ({ id, definition: define({ id, command: 'sleep', args: ['600'], ...fields }) })

describe('ensure', () => {
  it('creates and starts what is missing, and leaves it alone when it is asked for again', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    expect(await processes.ensure(sleeper('web'), {})).toEqual({ id: 'web', did: ['created', 'started'], changes: [] })
    const { pid } = processes.get('web')
    expect(await processes.ensure(sleeper('web'), {})).toEqual({ id: 'web', did: [], changes: [] })
    expect(await processes.ensure({ id: 'web' }, {})).toEqual({ id: 'web', did: [], changes: [] })
    expect(processes.get('web')).toMatchObject({ pid, run: 1 })
  })

  it('makes one process of many wishes for a new id', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    const all = await Promise.all(Array.from({ length: 20 }, () => processes.ensure(sleeper('web'), {})))
    expect(all.filter(({ did }) => did.length > 0)).toEqual([{ id: 'web', did: ['created', 'started'], changes: [] }])
    expect(processes.get('web')).toMatchObject({ run: 1, state: 'Running' })
    expect(engine.survivors().length).toBeLessThanOrEqual(2) // the sleeper and its shim
  })

  it('restarts what runs with another launch, says what changed, and of an environment names only', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.ensure(sleeper('web', { env: { A: 'hush', B: '1' } }), {})
    const pid = processes.get('web').pid ?? 0
    const changed = await processes.ensure(sleeper('web', { args: ['601'], env: { A: 'hush', B: 'two', C: 'x' }, description: 'Web' }), {})
    expect(changed).toMatchObject({
      did: ['updated', 'restarted'],
      changes: ['description: none → Web', 'args: ["600"] → ["601"]', 'env: B changed, C added'],
      before: { args: ['600'] },
    })
    expect(processes.get('web')).toMatchObject({ run: 2, args: ['601'] })
    expect(isRunning(pid)).toBe(false)
    expect(await processes.ensure(sleeper('web'), {})).toMatchObject({ changes: expect.arrayContaining(['env: A removed, B removed, C removed']) })
  })

  it('applies what needs no new run without one', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.ensure(sleeper('web'), {})
    expect(await processes.ensure(sleeper('web', { group: 'back' }), {})).toMatchObject({ did: ['updated'], changes: ['group: none → back'] })
    expect(processes.get('web')).toMatchObject({ run: 1, group: 'back' })
  })

  it('takes what only says the default for no difference', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.ensure(sleeper('web'), {})
    const same = { stdin: 'none', output: 'file', tags: [], lifetime: 'keep', restart: { policy: 'no' }, stop: { grace_ms: 5000 } }
    expect(await processes.ensure(sleeper('web', same), {})).toMatchObject({ did: [] })
  })

  it('brings what was changed while it ran into effect', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.ensure(sleeper('web'), {})
    await processes.patch('web', { args: ['602'] })
    expect(processes.get('web')).toMatchObject({ run: 1, pending_changes: true })
    expect(await processes.ensure({ id: 'web' }, {})).toMatchObject({ did: ['restarted'], changes: ['args: ["600"] → ["602"]'] })
    expect(processes.get('web')).not.toHaveProperty('pending_changes')
  })

  it('starts what has stopped or failed, with what is wished now', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await expect(processes.ensure(sleeper('web', { command: 'no-such-command' }), {})).rejects.toMatchObject({ code: 'COMMAND_NOT_FOUND' })
    expect(processes.get('web').state).toBe('Failed')
    expect(await processes.ensure(sleeper('web'), {})).toMatchObject({ did: ['updated', 'started'], changes: ['command: no-such-command → sleep'] })
    await processes.stop('web')
    expect(await processes.ensure({ id: 'web' }, {})).toMatchObject({ did: ['started'] })
  })

  it('starts once more what waits before a restart, and lets what waits for a dependency wait', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.create(define({ id: 'db', command: 'sleep', args: ['600'], ready: { log: 'never' } }), {})
    const api = sleeper('api', { depends_on: { db: 'ready' } })
    expect(await processes.ensure(api, {})).toMatchObject({ did: ['created', 'started'] })
    expect(processes.get('api').phase).toBe('waiting')
    expect(await processes.ensure(api, {})).toMatchObject({ did: [] })
    expect(await processes.ensure(sleeper('api'), {})).toMatchObject({ did: ['updated', 'started'] })
    expect(processes.get('api').phase).toBe('running')
  })

  it('of an unknown id says how to define it', async () => {
    await using engine = await openEngine()
    await expect(engine.vantage.processes.ensure({ id: 'web' }, { project: engine.dataDir })).rejects.toMatchObject({
      code: 'PROCESS_NOT_FOUND',
      hint: expect.stringContaining('vantage.yaml'),
    })
  })

  it('leaves a process where it is for a caller without a project', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    await processes.ensure(sleeper('web'), { project: await folder(engine, 'shop') })
    expect(await processes.ensure(sleeper('web'), {})).toMatchObject({ did: [] })
    expect(processes.get('web').cwd).toBe(join(engine.dataDir, 'shop'))
  })
})

describe('a process of another project', () => {
  it('is left alone, and the hint names an id that is free, or one that is one\'s own', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    const [shop, blog] = [await folder(engine, 'shop'), await folder(engine, 'my blog')]
    await processes.ensure(sleeper('web'), { project: shop })
    const before = processes.get('web')
    const refused = { code: 'OTHER_PROJECT', hint: expect.stringContaining('"my-blog-web", which is free') }
    await expect(processes.ensure(sleeper('web', { args: ['1'] }), { project: blog })).rejects.toMatchObject(refused)
    await expect(processes.ensure({ id: 'web' }, { project: blog })).rejects.toMatchObject(refused)
    await expect(processes.patch('web', { args: ['1'] }, { project: blog })).rejects.toMatchObject(refused)
    expect(processes.get('web')).toMatchObject({ pid: before.pid, args: before.args, updated_at: before.updated_at })

    await processes.ensure(sleeper('my-blog-web'), { project: blog })
    const own = { code: 'OTHER_PROJECT', hint: expect.stringContaining('Your project has "my-blog-web" already') }
    await expect(processes.ensure({ id: 'web' }, { project: blog })).rejects.toMatchObject(own)
    expect(await processes.ensure({ id: 'my-blog-web' }, { project: blog })).toMatchObject({ did: [] })
  })

  it('is told by the directory, however it is reached; numbers where its name will not do', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    const shop = await folder(engine, 'shop')
    await symlink(shop, join(engine.dataDir, 'link'))
    await processes.ensure(sleeper('web'), { project: shop })
    expect(await processes.ensure({ id: 'web' }, { project: `${join(engine.dataDir, 'link')}/` })).toMatchObject({ did: [] })
    await processes.ensure(sleeper('web-2'), { project: shop })
    await expect(processes.ensure({ id: 'web' }, { project: await folder(engine, 'あ') })).rejects.toMatchObject({ hint: expect.stringContaining('"web-3"') })
  })
})

describe('vantage.yaml of the project', () => {
  it('defines an id alone, with its prefix and what it depends on, in the project', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    const project = await folder(engine, 'shop')
    await mkdir(join(project, 'api'))
    await writeFile(join(project, 'vantage.yaml'), `prefix: shop
processes:
  api:
    command: sleep
    args: ["600"]
    cwd: api
    depends_on: { db: started, cache: started }
  cache: { command: sleep, args: ["601"], depends_on: { db: started } }
  db: { command: sleep, args: ["602"] }
  other: { command: sleep }
`)
    expect(await processes.ensure({ id: 'api' }, { project })).toEqual({ id: 'shop.api', did: ['created', 'started'], changes: [] })
    expect(processes.get('shop.api')).toMatchObject({ cwd: join(project, 'api'), project, depends_on: { 'shop.db': 'started', 'shop.cache': 'started' } })
    expect(processes.list().map(({ id, state }) => [id, state])).toEqual([['shop.api', 'Running'], ['shop.cache', 'Running'], ['shop.db', 'Running']])
    expect(await processes.ensure({ id: 'shop.api' }, { project })).toEqual({ id: 'shop.api', did: [], changes: [] })
    expect(await processes.ensure({ id: 'api' }, { project })).toEqual({ id: 'shop.api', did: [], changes: [] })
  })

  it('is not asked where the id is defined, and counts for the own project where another one has it', async () => {
    await using engine = await openEngine()
    const { processes } = engine.vantage
    const [shop, blog] = [await folder(engine, 'shop'), await folder(engine, 'blog')]
    await processes.ensure(sleeper('web'), { project: shop })
    await writeFile(join(shop, 'vantage.yaml'), 'nonsense')
    expect(await processes.ensure({ id: 'web' }, { project: shop })).toMatchObject({ did: [] })
    await writeFile(join(blog, 'vantage.yaml'), 'prefix: blog\nprocesses:\n  web: { command: sleep, args: ["600"] }\n')
    expect(await processes.ensure({ id: 'web' }, { project: blog })).toMatchObject({ id: 'blog.web', did: ['created', 'started'] })
  })

  it('is refused with its line when it is wrong', async () => {
    await using engine = await openEngine()
    const project = await folder(engine, 'shop')
    await writeFile(join(project, 'vantage.yaml'), 'processes:\n  web:\n    comand: sleep\n')
    const file = join(project, 'vantage.yaml')
    await expect(engine.vantage.processes.ensure({ id: 'web' }, { project })).rejects.toMatchObject({
      code: 'SNAPSHOT_INVALID',
      message: expect.stringContaining(`${file}, line 3: processes.web.command`),
    })
    expect(engine.vantage.processes.list()).toEqual([])
  })
})

async function folder({ dataDir }: TestEngine, name: string): Promise<string> {
  const path = join(dataDir, name)
  await mkdir(path)
  return path
}
