import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { installClient } from './installed-client'

export const conformance = await installClient('@modelcontextprotocol/conformance@0.2.0-alpha.12')

export interface Verdict {
  /** 0 when what was expected to pass has passed, and only that. */
  code: number | null
  /** Scenarios by name: whether all checks of one passed. */
  passed: string[]
  failed: string[]
  /** What the suite says at its end. */
  summary: string
}

/** Runs what the revision 2025-11-25 requires against an endpoint; `expected` is a file with the failures that are known. */
export async function runConformance(url: string, expected?: string): Promise<Verdict> {
  await using results = await temporaryDirectory()
  const suite = join(conformance.folder, '@modelcontextprotocol/conformance/dist/index.js')
  const baseline = expected === undefined ? [] : ['--expected-failures', expected]
  const args = [suite, 'server', '--url', url, '--requirements', '2025-11-25', '-o', results.path, ...baseline]
  // The Node of the tests: the suite needs 22.
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => output += text)
  const [code] = await once(child, 'close')
  const named = (mark: string) => Array.from(output.matchAll(new RegExp(`^${mark} ([\\w-]+): \\d+ passed`, 'gm')), ([, name = '']) => name)
  return { code, passed: named('✓'), failed: named('✗'), summary: output.slice(output.indexOf('=== SUMMARY')) }
}
