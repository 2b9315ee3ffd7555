import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defineNuxtModule } from 'nuxt/kit'
import { build } from 'esbuild'

/** The entry of each bundle, by its file's name in `.output/client`. */
const ENTRIES = { bridge: 'mcp/run-bridge.ts', cli: 'cli/run-client.ts', install: 'cli/run-install.ts' }

/**
 * Builds what `vantage mcp`, `vantage mcp install` and the client commands run: a file each without the host's bundle, so that they
 * start fast and stay small.
 * It also leaves a stamp with the time the build began: sources changed later make the output old (scripts/ensure-build.mjs).
 */
export default defineNuxtModule({
  meta: { name: 'vantage-client-bundle' },
  setup(_options, nuxt) {
    if (nuxt.options.dev) return
    const startedAt = Date.now()
    const root = nuxt.options.rootDir
    nuxt.hook('nitro:init', (nitro) => {
      nitro.hooks.hook('compiled', async () => {
        const output = join(nitro.options.output.dir, 'client')
        await mkdir(output, { recursive: true })
        await build({
          entryPoints: Object.entries(ENTRIES).map(([out, entry]) => ({ in: join(root, entry), out })),
          outdir: output,
          outExtension: { '.js': '.mjs' },
          bundle: true,
          minify: true,
          platform: 'node',
          // The other form of jsonc-parser loads its parts by a `require` of its own, which cannot be bundled.
          mainFields: ['module', 'main'],
          target: 'node20',
          format: 'esm',
          legalComments: 'none',
          alias: { '#shared': join(root, 'shared') },
          logLevel: 'warning',
        })
        await writeFile(join(output, 'built.json'), `${JSON.stringify({ started_at: startedAt })}\n`)
      })
    })
  },
})
