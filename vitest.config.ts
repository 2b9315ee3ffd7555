import { defineVitestProject } from '@nuxt/test-utils/config'
import { defineConfig } from 'vitest/config'
import type { VitestPluginContext } from 'vitest/node'
import { threadSource } from './build/thread-source.ts'

const root = import.meta.dirname
const resolve = { alias: { '~~': root, '@@': root, '~': root, '@': root, '#shared': `${root}/shared` } }

/** A bundle of several files changes when one of them does; the cache looks at the first one only. */
const freshThreads = {
  name: 'vantage:fresh-threads',
  configureVitest: ({ defineCacheKeyGenerator }: VitestPluginContext) => defineCacheKeyGenerator(({ id }) => id.endsWith('?thread') ? false : undefined),
}

const plugins = [threadSource(), freshThreads]

/** A busy machine is given time: what never comes takes this long to fail. */
const expect = { poll: { timeout: 15_000 } }

/** What a test leaves behind is ended and said. */
const setupFiles = ['tests/helpers/nothing-left.ts']

/** Projects with real processes: one file at a time, so that they do not starve each other. */
const slow = { expect, setupFiles, testTimeout: 60_000, hookTimeout: 180_000, fileParallelism: false, environment: 'node' as const }

export default defineConfig({
  test: {
    silent: 'passed-only',
    coverage: {
      provider: 'v8',
      include: ['shared/**/*.ts', 'server/core/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 85 },
    },
    projects: [
      { resolve, plugins, test: { name: 'unit', expect, include: ['tests/unit/**/*.test.ts'], environment: 'node', setupFiles, testTimeout: 20_000 } },
      await defineVitestProject({ test: {
        name: 'nuxt',
        include: ['tests/nuxt/**/*.test.ts'],
        environment: 'nuxt',
        environmentOptions: { nuxt: { domEnvironment: 'happy-dom' } },
      } }),
      { resolve, plugins, test: { name: 'integration', include: ['tests/integration/**/*.test.ts'], ...slow } },
      { resolve, plugins, test: { name: 'e2e', include: ['tests/e2e/**/*.test.ts'], ...slow } },
      { resolve, plugins, test: { name: 'strangers', include: ['tests/strangers/**/*.test.ts'], ...slow, testTimeout: 180_000 } },
      { resolve, plugins, test: { name: 'faults', include: ['tests/faults/**/*.test.ts'], ...slow, testTimeout: 300_000 } },
    ],
  },
})
