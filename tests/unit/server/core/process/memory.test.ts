import { mkdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Memory } from '../../../../../server/core/process/memory'
import { temporaryDirectory } from '../../../../helpers/temporary-directory'

const value = { incarnation: 'aaaaaa', boot_id: 'boot' }
const log = { error() {}, warn() {}, info() {}, debug() {}, trace() {} }

describe('what was wanted of a process', () => {
  it('is written when it changes, and only then', async () => {
    await using directory = await temporaryDirectory()
    const file = join(directory.path, 'state.json')
    const memory = new Memory(directory.path, value, log)
    await memory.store({ path: '/bin' })
    const { ino } = await stat(file)
    await memory.store({ path: '/bin', verdict: undefined })
    expect((await stat(file)).ino).toBe(ino)
    await memory.store({ stopped_run: 1 })
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ ...value, path: '/bin', stopped_run: 1 })
  })

  it('is written again after a write that failed', async () => {
    await using directory = await temporaryDirectory()
    const dir = join(directory.path, 'process')
    const memory = new Memory(dir, value, log)
    await expect(memory.store({ stopped_run: 1 })).rejects.toThrow('ENOENT')
    await mkdir(dir)
    await memory.store({ stopped_run: undefined })
    expect(JSON.parse(await readFile(join(dir, 'state.json'), 'utf8'))).toEqual(value)
    await rm(dir, { recursive: true })
  })
})
