import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { version as own } from '../../../package.json'
import { temporaryDirectory } from '../../helpers/temporary-directory'
import { ROOT } from './playground'

export interface OtherVersion extends AsyncDisposable {
  /** The launcher of the copy. */
  readonly bin: string
}

/** A copy of the built product that calls itself another version, in a directory of its own. */
export async function installVersion(version: string): Promise<OtherVersion> {
  const directory = await temporaryDirectory()
  for (const name of ['bin', '.output', 'package.json']) await cp(join(ROOT, name), join(directory.path, name), { recursive: true })
  const bundles = ['.output/client/bridge.mjs', 'package.json', ...await serverChunks()]
  const changed = await Promise.all(bundles.map(file => rename(join(directory.path, file), version)))
  if (changed.filter(Boolean).length < 3) throw new Error('host, bridge and package.json should all name the version')
  return { bin: join(directory.path, 'bin/vantage.mjs'), [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() }
}

async function serverChunks(): Promise<string[]> {
  const files = await readdir(join(ROOT, '.output/server'), { recursive: true })
  return files.filter(file => file.endsWith('.mjs')).map(file => join('.output/server', file))
}

async function rename(file: string, version: string): Promise<boolean> {
  const text = await readFile(file, 'utf8')
  if (!text.includes(`"${own}"`)) return false
  await writeFile(file, text.replaceAll(`"${own}"`, `"${version}"`))
  return true
}
