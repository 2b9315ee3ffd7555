import { existsSync, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface LaunchCommand { command: string, args: string[] }

/**
 * How another program starts this copy: by its name where `vantage` on PATH is this one, else by the file of its launcher.
 * Folders that npm and npx put on PATH for a single command do not count.
 */
export function launchCommand(bin: string, path: string | undefined): LaunchCommand {
  const folders = (path ?? '').split(delimiter).filter(folder => folder !== '' && !folder.includes('node_modules'))
  const found = (name: string) => folders.map(folder => join(folder, name)).find(existsSync)
  const installed = found('vantage')
  if (installed !== undefined && realpathSync(installed) === realpathSync(bin)) return { command: 'vantage', args: [] }
  return { command: found('node') === undefined ? process.execPath : 'node', args: [bin] }
}
