import { join } from 'node:path'

const FAILPOINTS = join(import.meta.dirname, '../fixtures/failpoints.mjs')

/** The environment of a host with the failpoints of tests/fixtures/failpoints.mjs: the built product, with one moment chosen. */
export function failpoints(variables: Record<string, string> = {}): Record<string, string> {
  return { NODE_OPTIONS: `--import=${FAILPOINTS}`, ...variables }
}
