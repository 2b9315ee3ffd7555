import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { launchCommand } from '../../../cli/launch-command'
import { temporaryDirectory } from '../../helpers/temporary-directory'

/** Two installations: `bin` and another one, with a link to each in a folder as npm makes it. */
async function installations() {
  const directory = await temporaryDirectory()
  const place = (...names: string[]) => join(directory.path, ...names)
  for (const name of ['ours', 'theirs']) {
    await mkdir(place(name, 'node_modules/.bin'), { recursive: true })
    await mkdir(place(`${name}-global`))
    await writeFile(place(name, 'vantage.mjs'), '')
    await symlink(place(name, 'vantage.mjs'), place(`${name}-global`, 'vantage'))
  }
  await symlink(place('ours/vantage.mjs'), place('ours/node_modules/.bin/vantage'))
  await mkdir(place('nodes'))
  await writeFile(place('nodes/node'), '')
  const path = (...folders: string[]) => folders.map(folder => place(folder)).join(delimiter)
  return { bin: place('ours/vantage.mjs'), path, [Symbol.asyncDispose]: directory[Symbol.asyncDispose] }
}

describe('launchCommand', () => {
  it('is the name where that starts this copy', async () => {
    await using place = await installations()
    expect(launchCommand(place.bin, place.path('nodes', 'ours-global', 'theirs-global'))).toEqual({ command: 'vantage', args: [] })
  })

  it('is the file of the launcher where the name is not there, starts another copy, or only npm finds it for now', async () => {
    await using place = await installations()
    for (const path of [place.path('nodes'), place.path('theirs-global', 'ours-global', 'nodes'), place.path('ours/node_modules/.bin', 'nodes')]) {
      expect(launchCommand(place.bin, path)).toEqual({ command: 'node', args: [place.bin] })
    }
  })

  it('names the node that runs where there is none on PATH', async () => {
    await using place = await installations()
    expect(launchCommand(place.bin, undefined)).toEqual({ command: process.execPath, args: [place.bin] })
    expect(launchCommand(place.bin, dirname(place.bin))).toEqual({ command: process.execPath, args: [place.bin] })
  })
})
