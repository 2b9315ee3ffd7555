import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { WatchRules } from '#shared/schemas/supervision'
import type { z } from 'zod'
import { watchFiles } from '../../../../../server/core/process/file-watch'
import { planWatch } from '../../../../../server/core/process/watch-patterns'
import { temporaryDirectory } from '../../../../helpers/temporary-directory'
import { waitFor } from '../../../../helpers/wait-for'

const rulesOf = (rules: z.input<typeof WatchRules>) => WatchRules.parse({ debounce_ms: 30, ...rules })

interface Project extends AsyncDisposable {
  changes: string[]
  write: (path: string, text?: string) => Promise<void>
  path: (path: string) => string
  /** Waits for the next change and gives its path. */
  next: () => Promise<string>
  stop: () => Promise<void>
}

/** A project with some files in it, watched. */
async function project(rules: z.input<typeof WatchRules>, files: string[] = []): Promise<Project> {
  const directory = await temporaryDirectory()
  const cwd = join(directory.path, 'app')
  const path = (name: string) => join(cwd, name)
  const write = async (name: string, text = 'x') => {
    await mkdir(join(path(name), '..'), { recursive: true })
    await writeFile(path(name), text)
  }
  await mkdir(cwd)
  for (const file of files) await write(file)
  const changes: string[] = []
  const watching = await watchFiles(rulesOf(rules), { cwd, dataDir: path('data') }, {
    change: changed => changes.push(changed),
    problem: reason => changes.push(`problem: ${reason}`),
  })
  const stop = async () => await watching[Symbol.asyncDispose]()
  return {
    changes, write, path, stop,
    next: async () => {
      await waitFor('a change', () => changes.length > 0)
      return changes.shift() ?? ''
    },
    async [Symbol.asyncDispose]() {
      await stop()
      await directory[Symbol.asyncDispose]()
    },
  }
}

describe('watchFiles', () => {
  it('tells files that are changed, created and removed, and nothing of what was there', async () => {
    await using app = await project({ paths: ['src/**/*.ts'] }, ['src/a.ts', 'src/deep/b.ts'])
    await app.write('src/a.ts', 'changed')
    expect(await app.next()).toBe('src/a.ts')
    await app.write('src/new/deeper/c.ts')
    expect(await app.next()).toBe('src/new/deeper/c.ts')
    await rm(app.path('src/deep/b.ts'))
    expect(await app.next()).toBe('src/deep/b.ts')
    expect(app.changes).toEqual([])
  })

  it('notices a save that renames a new file over the old one, again and again', async () => {
    await using app = await project({ paths: ['config.json'] }, ['config.json'])
    for (const text of ['1', '2', '3']) {
      await app.write('config.json.tmp', text)
      await rename(app.path('config.json.tmp'), app.path('config.json'))
      expect(await app.next()).toBe('config.json')
    }
  })

  it('tells many changes at once as one', async () => {
    await using app = await project({ paths: ['src'], debounce_ms: 300 })
    for (let at = 0; at < 20; at++) await app.write(`src/${at}.ts`)
    expect(await app.next()).toMatch(/^src\//)
    await app.write('src/last.ts')
    expect(await app.next()).toBe('src/last.ts')
  })

  it('leaves out what is ignored, node_modules, .git and the data directory', async () => {
    await using app = await project({ paths: ['**/*'], ignore: ['dist', '**/*.log'] }, ['dist/a.js'])
    for (const name of ['dist/a.js', 'dist/b/c.js', 'x.log', 'node_modules/p/i.js', 'p/node_modules/i.js', '.git/HEAD', 'data/y']) await app.write(name)
    await app.write('seen.ts')
    expect(await app.next()).toBe('seen.ts')
    expect(app.changes).toEqual([])
  })

  it('misses no file of a folder that is being noticed', async () => {
    await using app = await project({ paths: ['src'] }, ['src/a.ts'])
    for (let turns = 0; turns < 40; turns++) {
      await mkdir(app.path(`src/${turns}`))
      for (let turn = 0; turn < turns; turn++) await new Promise(resolve => setImmediate(resolve))
      await writeFile(app.path(`src/${turns}/a.ts`), '')
      expect(await app.next()).toBe(`src/${turns}/a.ts`)
    }
  })

  it('waits for a folder that is missing, also when it goes and comes again', async () => {
    await using app = await project({ paths: ['src/gen/**', '../shared/*.json'] })
    await app.write('src/gen/a.ts')
    expect(await app.next()).toBe('src/gen/a.ts')
    await rm(app.path('src'), { recursive: true })
    expect(await app.next()).toBe('src/gen/a.ts')
    await app.write('src/gen/a.ts')
    expect(await app.next()).toBe('src/gen/a.ts')
    await app.write('../shared/x.json')
    expect(await app.next()).toBe('../shared/x.json')
  })

  it('tells nothing after its end, and holds nothing', async () => {
    const handles = () => process.getActiveResourcesInfo().filter(kind => kind === 'FSEventWrap').length
    const before = handles()
    await using app = await project({ paths: ['src'] }, ['src/a.ts'])
    expect(handles()).toBeGreaterThan(before)
    await app.write('src/a.ts', 'changed')
    await app.stop()
    await waitFor('all handles are closed', () => handles() === before)
    expect(app.changes).toEqual([])
  })
})

describe('planWatch', () => {
  const plan = (paths: string[], ignore: string[] = []) => planWatch(rulesOf({ paths, ignore }), { cwd: '/app', dataDir: '/app/data' })

  it.each([
    ['*.ts', ['/app/a.ts'], ['/app/b/a.ts', '/app/.a.ts', '/app/a.js']],
    ['src/', ['/app/src/a', '/app/src/b/.c'], ['/app/srcs/a', '/app/a']],
    ['./src/**', ['/app/src/a', '/app/src/b/c'], ['/app/src/.a', '/app/a']],
    ['{a,b}/?.ts', ['/app/a/x.ts', '/app/b/y.ts'], ['/app/c/x.ts', '/app/a/xy.ts']],
    ['app/(shop)/**', ['/app/app/(shop)/a'], ['/app/app/shop/a']],
    ['/etc/x/*.conf', ['/etc/x/a.conf'], ['/app/etc/x/a.conf']],
    ['.env*', ['/app/.env', '/app/.env.local'], ['/app/a.env']],
  ])('matches %s', (glob, matching, others) => {
    const { isMatch } = plan([glob])
    expect(matching.filter(path => !isMatch(path))).toEqual([])
    expect(others.filter(isMatch)).toEqual([])
  })

  it('does not go deeper than a glob can match', () => {
    const { isOnTheWay } = plan(['*.ts', 'src/*/index.ts'])
    expect(['/app', '/app/x', '/app/src', '/app/src/a', '/app/src/a/index.ts'].filter(path => !isOnTheWay(path))).toEqual([])
    expect(['/app/x/y', '/app/src/a/b/c', '/other'].filter(isOnTheWay)).toEqual([])
  })

  it.each([['**/**/**/a', 'watch.paths'], ['*a*a*a*a', 'watch.paths']])('refuses %s, which could take minutes', (glob, field) => {
    expect(() => plan([glob])).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED', details: [{ field, reason: 'has too many "*"' }] }))
    expect(() => plan(['a'], [glob])).toThrow(expect.objectContaining({ details: [{ field: 'watch.ignore', reason: 'has too many "*"' }] }))
  })
})
