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

  it('refuses what would make the file too large to be read again, and changes nothing', async () => {
    await using at = await openStore()
    const large = (id: string) => entryOf(id, `/${'x'.repeat(4095)}`)
    const many = (count: number) => Promise.allSettled(Array.from({ length: count }, (_, i) => at.store.commit(`p${i}`, large(`p${i}`))))
    const outcomes = await many(2000)
    const refused = outcomes.flatMap(outcome => outcome.status === 'rejected' ? [outcome.reason] : [])
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]).toMatchObject({ code: 'VALIDATION_FAILED', message: expect.stringContaining('larger than 8388608 bytes') })
    await at.store.commit('p0', entryOf('p0'))
    expect(await idsOf(at.open())).toHaveLength(2000 - refused.length)
  })

  it('holds at most 2,000 entries', async () => {
    await using at = await openStore()
    await Promise.all(Array.from({ length: 2000 }, (_, i) => at.store.commit(`p${i}`, entryOf(`p${i}`))))
    await expect(at.store.commit('more', entryOf('more'))).rejects.toMatchObject({ code: 'VALIDATION_FAILED', details: [{ field: 'id' }] })
    await at.store.commit('p0', undefined)
    await at.store.commit('more', entryOf('more'))
    await writeFile(at.file, `processes:\n${Array.from({ length: 20_000 }, (_, i) => `  p${i}: { command: "true" }\n`).join('')}`)
    await at.open().load()
    expect(at.lines.join()).toContain('more than 2000 entries')
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
