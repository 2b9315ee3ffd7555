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

/** Files at a time, on every machine: tests of real processes mostly wait, but must not starve each other. */
const maxWorkers = 2

/** Projects with real processes. */
const slow = { expect, setupFiles, testTimeout: 60_000, hookTimeout: 180_000, maxWorkers, environment: 'node' as const }

/** One file at a time: they measure memory, fill disks, or bring a model to its limits. */
const alone = { ...slow, maxWorkers: 1, fileParallelism: false }

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
      { resolve, plugins, test: { name: 'unit', expect, include: ['tests/unit/**/*.test.ts'], environment: 'node', setupFiles, maxWorkers, testTimeout: 20_000 } },
      await defineVitestProject({ test: {
        name: 'nuxt',
        include: ['tests/nuxt/**/*.test.ts'],
        environment: 'nuxt',
        maxWorkers,
        environmentOptions: { nuxt: { domEnvironment: 'happy-dom' } },
      } }),
      { resolve, plugins, test: { name: 'integration', include: ['tests/integration/**/*.test.ts'], ...slow } },
      { resolve, plugins, test: { name: 'e2e', include: ['tests/e2e/**/*.test.ts'], ...slow } },
      { resolve, plugins, test: { name: 'strangers', include: ['tests/strangers/**/*.test.ts'], ...alone, testTimeout: 180_000 } },
      { resolve, plugins, test: { name: 'faults', include: ['tests/faults/**/*.test.ts'], ...alone, testTimeout: 300_000 } },
    ],
  },
})
