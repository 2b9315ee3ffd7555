import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Plugin } from 'rollup'

const SUFFIX = '?thread'
const shared = fileURLToPath(new URL('../shared', import.meta.url))

/**
 * Rollup and Vite plugin: `import source from './x-thread?thread'` gives the program of a thread as text, bundled into one
 * piece. Neither bundler leaves a file of its own for a thread beside the server.
 */
export function threadSource(): Plugin {
  return {
    name: 'vantage:thread-source',
    async resolveId(id, importer) {
      if (!id.endsWith(SUFFIX)) return undefined
      const file = await this.resolve(id.slice(0, -SUFFIX.length), importer)
      return file && file.id + SUFFIX
    },
    async load(id) {
      if (!id.endsWith(SUFFIX)) return undefined
      const { outputFiles, metafile } = await build({
        entryPoints: [id.slice(0, -SUFFIX.length)],
        bundle: true,
        minify: true,
        platform: 'node',
        target: 'node20',
        format: 'cjs',
        write: false,
        metafile: true,
        alias: { '#shared': shared },
        logLevel: 'warning',
      })
      for (const file of Object.keys(metafile.inputs)) this.addWatchFile(file)
      return `export default ${JSON.stringify(outputFiles[0]?.text)}`
    },
  }
}
