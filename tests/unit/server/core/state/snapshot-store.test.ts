import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CreateProcessRequest } from '#shared/schemas/definition'
import { createLogger } from '../../../../../server/core/logger'
import type { SnapshotEntry } from '../../../../../server/core/state/snapshot-file'
import { SnapshotStore } from '../../../../../server/core/state/snapshot-store'
import { temporaryDirectory } from '../../../../helpers/temporary-directory'

const NOW = '2026-01-01T00:00:00.000Z'
const entryOf = (id: string, command = 'true'): SnapshotEntry =>
  ({ definition: { ...CreateProcessRequest.parse({ id, command }), cwd: '/' }, created_at: NOW, updated_at: NOW, state: 'NotStarted' })

async function openStore() {
  const directory = await temporaryDirectory()
  const lines: string[] = []
  const log = createLogger({ level: 'info', json: true, write: line => lines.push(line) })
  const open = () => new SnapshotStore({ dataDir: directory.path, defaults: () => ({ cwd: '/', now: NOW }), log })
  const store = open()
  await store.load()
  return { store, open, lines, file: join(directory.path, 'snapshot.yaml'), path: directory.path, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() }
}

const idsOf = async (store: SnapshotStore) => (await store.load()).entries.map(entry => entry.definition.id)

describe('SnapshotStore', () => {
  it('has every acknowledged change on the disk', async () => {
    await using at = await openStore()
    await Promise.all(Array.from({ length: 50 }, (_, i) => at.store.commit(`p${i}`, entryOf(`p${i}`))))
    await at.store.commit('p7', undefined)
    const ids = await idsOf(at.open())
    expect(ids).toHaveLength(49)
    expect(ids).not.toContain('p7')
  })

  it('is 0600 and leaves no temporary file', async () => {
    await using at = await openStore()
    await at.store.commit('a', entryOf('a'))
    await at.store.save([])
    expect((await readdir(at.path)).sort()).toEqual(['backups', 'snapshot.yaml'])
  })

  it('moves a damaged file aside with its bytes and reads the newest good backup', async () => {
    await using at = await openStore()
    await at.store.commit('a', entryOf('a'))
    await at.store.save([])
    await writeFile(at.file, 'version: 1\nprocesses:\n  b: {command: sh, oops: 1}\n...\n')
    expect(await idsOf(at.open())).toEqual(['a'])
    const [aside = ''] = (await readdir(at.path)).filter(name => name.startsWith('snapshot.yaml.corrupt-'))
    expect(await readFile(join(at.path, aside), 'utf8')).toContain('oops')
    expect(at.lines.join('')).toContain('line 3')
  })

  it('forgets a change that could not be stored, and stores the next one', async () => {
    await using at = await openStore()
    await at.store.commit('a', entryOf('a'))
    await rename(at.path, `${at.path}.away`)
    await expect(at.store.commit('b', entryOf('b'))).rejects.toMatchObject({ code: 'STORAGE_FAILED', status: 507 })
    await rename(`${at.path}.away`, at.path)
    await at.store.commit('c', entryOf('c'))
    expect(await idsOf(at.open())).toEqual(['a', 'c'])
  })
})
