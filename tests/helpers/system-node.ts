import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The node of the system: the tests themselves may run under a newer one that npm put first on PATH. */
export function systemNode(): string {
  const directories = (process.env.PATH ?? '').split(delimiter).filter(directory => !directory.endsWith(join('node_modules', '.bin')))
  const found = directories.map(directory => join(directory, 'node')).find(file => existsSync(file))
  if (found === undefined) throw new Error('there is no node on PATH besides that of the tests')
  return found
}
