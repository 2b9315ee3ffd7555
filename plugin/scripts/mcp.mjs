// The MCP server of the plugin: `vantage mcp` of the clone this folder is part of, else of the installed package, in this process.
import { existsSync, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const clone = fileURLToPath(new URL('../../bin/vantage.mjs', import.meta.url))
const found = [clone, ...(process.env.PATH ?? '').split(delimiter).filter(Boolean).map(folder => join(folder, 'vantage'))].find(existsSync)
if (found === undefined) {
  process.stderr.write('vantage is not on PATH: install it with "npm install --global <path of a clone of Vantage>".\n')
  process.exit(1)
}
// npm puts a link to the launcher there.
const launcher = realpathSync(found)
process.argv = [process.execPath, launcher, 'mcp', ...process.argv.slice(2)]
await import(pathToFileURL(launcher).href)
