import { chmod, copyFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findCommand } from '../../../../../server/core/supervise/find-command'
import { temporaryDirectory } from '../../../../helpers/temporary-directory'

async function openPlace() {
  const directory = await temporaryDirectory()
  const file = join(directory.path, 'program')
  await copyFile('/bin/true', file)
  await chmod(file, 0o755)
  const find = () => findCommand('program', { path: directory.path, cwd: '/' })
  return { file, find, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() }
}

describe('a program that was found before', () => {
  it('is found again', async () => {
    await using place = await openPlace()
    expect([await place.find(), await place.find()]).toEqual([place.file, place.file])
  })

  it('is not found when it has gone', async () => {
    await using place = await openPlace()
    await place.find()
    await rm(place.file)
    await expect(place.find()).rejects.toMatchObject({ code: 'COMMAND_NOT_FOUND' })
  })

  it('is refused when it has lost its permission', async () => {
    await using place = await openPlace()
    await place.find()
    await chmod(place.file, 0o644)
    await expect(place.find()).rejects.toMatchObject({ code: 'COMMAND_NOT_EXECUTABLE' })
  })

  it('is refused when a script without its interpreter has taken its place', async () => {
    await using place = await openPlace()
    await place.find()
    await writeFile(`${place.file}.new`, '#!/no/such/interpreter\n', { mode: 0o755 })
    await rename(`${place.file}.new`, place.file)
    await expect(place.find()).rejects.toMatchObject({ code: 'COMMAND_NOT_EXECUTABLE' })
  })
})
