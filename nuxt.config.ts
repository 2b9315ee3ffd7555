import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { purgeTabler } from './build/purge-tabler'
import { threadSource } from './build/thread-source'
import { createGuard } from './server/http/guard'
import { guardServer } from './server/http/guarded-server'

// `nuxi start` runs the built host as its child and passes no signal on, and npx none to nuxi: the host watches both.
process.env.VANTAGE_STARTED_BY = [process.pid, ...(process.env.npm_command === undefined ? [] : [process.ppid])].join()

const serverSide = ['mcp', 'cli', 'bin', 'build', 'scripts', 'plugin', ...['unit', 'integration', 'e2e', 'faults', 'strangers', 'bench', 'helpers', 'fixtures'].map(d => `tests/${d}`)]

export default defineNuxtConfig({
  modules: ['@nuxt/eslint', '@pinia/nuxt', '@vueuse/nuxt', '@nuxtjs/color-mode', '@nuxtjs/i18n', './build/client-bundle'],
  $production: { nitro: { entry: fileURLToPath(new URL('./server/entry.ts', import.meta.url)) } },
  ssr: false,
  components: [{ path: '~/components', pathPrefix: false }],
  devtools: { enabled: false },
  app: {
    head: {
      title: 'Vantage',
      meta: [{ name: 'viewport', content: 'width=device-width, initial-scale=1' }, { name: 'color-scheme', content: 'light dark' }],
      link: [{ rel: 'icon', type: 'image/svg+xml', href: '/favicon.svg', key: 'icon' }],
    },
  },
  css: ['@tabler/core/dist/css/tabler.min.css', ...['tokens', 'vantage', 'list', 'form', 'log', 'activity'].map(name => `~/assets/${name}.css`)],
  colorMode: { dataValue: 'bs-theme', classSuffix: '', preference: 'system', fallback: 'light', storageKey: 'vantage-theme' },
  srcDir: '.',
  sourcemap: { server: false, client: false },
  devServer: { host: '127.0.0.1', port: 12701 },
  experimental: { componentIslands: false },
  compatibilityDate: '2026-11-01',
  nitro: {
    errorHandler: fileURLToPath(new URL('./server/http/nitro-error.ts', import.meta.url)),
    noExternals: true,
    rollupConfig: { output: {}, plugins: [threadSource()] },
    compressPublicAssets: true,
    experimental: { websocket: true },
    typescript: { tsConfig: {
      include: ['../tests/*.ts', ...serverSide.map(d => `../${d}/**/*`)],
      compilerOptions: { verbatimModuleSyntax: true, noImplicitOverride: true, erasableSyntaxOnly: true },
    } },
  },
  vite: { plugins: [purgeTabler(fileURLToPath(new URL('.', import.meta.url)))] },
  typescript: { strict: true, tsConfig: { exclude: ['../tests/*.ts', ...serverSide.map(d => `../${d}`)] } },
  postcss: { plugins: { cssnano: false } },
  telemetry: false,
  // The entry guards the built host; the server of `nuxi dev` is not ours, so it is wrapped.
  hooks: {
    'listen': server => guardServer(server, createGuard({ isAddedName: () => false })),
    // The page is not rendered here, so no request needs its texts: the plugin would take half a millisecond of each.
    'nitro:config': (config) => {
      config.plugins = config.plugins?.filter(plugin => !plugin?.includes('i18n'))
    },
  },
  eslint: { config: { stylistic: true } },
  i18n: {
    strategy: 'no_prefix', defaultLocale: 'en', detectBrowserLanguage: false,
    locales: [{ code: 'en', language: 'en', file: 'en.json' }, { code: 'ja', language: 'ja', file: 'ja.json' }],
  },
})
