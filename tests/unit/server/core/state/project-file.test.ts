import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readProjectFile } from '../../../../../server/core/state/project-file'
import { temporaryDirectory } from '../../../../helpers/temporary-directory'

async function project(text?: string) {
  const directory = await temporaryDirectory()
  if (text !== undefined) await writeFile(join(directory.path, 'vantage.yaml'), text)
  return directory
}

describe('readProjectFile', () => {
  it('gives undefined where there is no file, and none for an id that it lacks', async () => {
    await using without = await project()
    expect(await readProjectFile(without.path)).toBeUndefined()
    await using empty = await project('processes: {}')
    expect((await readProjectFile(empty.path))?.find('web')).toBeUndefined()
  })

  it('gives a definition of the project, and first what it depends on', async () => {
    await using directory = await project(`version: 1
prefix: shop
processes:
  web: { command: npm, args: [run, dev], depends_on: { api: ready, elsewhere: started }, state: Running }
  api: { id: api, command: ./api, cwd: server, depends_on: { db: ready } }
  db: { command: db, project: data }
`)
    const file = await readProjectFile(directory.path)
    const found = file?.find('web')
    expect(found?.definition).toEqual({
      id: 'shop.web', command: 'npm', args: ['run', 'dev'], env: {}, auto_start_on_restore: false, project: directory.path,
      depends_on: { 'shop.api': 'ready', 'elsewhere': 'started' },
    })
    expect(found?.needs.map(({ id }) => id)).toEqual(['shop.db', 'shop.api'])
    expect(file?.find('shop.api')?.definition).toMatchObject({ cwd: 'server', project: directory.path })
    expect(file?.find('db')).toMatchObject({ definition: { project: join(directory.path, 'data') }, needs: [] })
  })

  it('gives the parts of a cycle, which the rules refuse', async () => {
    await using directory = await project('processes:\n  a: { command: a, depends_on: { b: ready } }\n  b: { command: b, depends_on: { a: ready } }\n')
    expect((await readProjectFile(directory.path))?.find('a')?.needs.map(({ id }) => id)).toEqual(['b'])
  })

  it.each([
    ['', 'it is empty', undefined],
    ['processes:\n  a:\n    command: [x]\n', 'processes.a.command: ', 3],
    ['prefix: "-"\nprocesses: {}\n', 'prefix: must begin with', 1],
    ['processes:\n  a: { command: x }\n  a: { command: y }\n', 'Map keys must be unique', 3],
    [`prefix: ${'p'.repeat(32)}\nprocesses:\n  ${'n'.repeat(33)}: { command: x }\n`, 'is too long', 3],
    ['processes: {}\nmore: 1\n', 'more: is not a known field', 2],
  ])('refuses %j with reason and line', async (text, reason, line) => {
    await using directory = await project(text)
    const file = join(directory.path, 'vantage.yaml')
    await expect(readProjectFile(directory.path)).rejects.toMatchObject({
      code: 'SNAPSHOT_INVALID',
      message: expect.stringContaining(reason),
    })
    await expect(readProjectFile(directory.path)).rejects.toThrow(line === undefined ? file : `${file}, line ${line}: `)
  })

  it('does not wait for a pipe, nor read what is no file', async () => {
    await using directory = await project()
    execFileSync('mkfifo', [join(directory.path, 'vantage.yaml')])
    await expect(readProjectFile(directory.path)).rejects.toThrow('it is not a file')
    await using other = await project()
    await mkdir(join(other.path, 'vantage.yaml'))
    await expect(readProjectFile(other.path)).rejects.toThrow('it is not a file')
  })
})
