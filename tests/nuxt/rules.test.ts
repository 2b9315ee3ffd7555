import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

function filesWith(pattern: RegExp, folders: readonly string[]): string[] {
  return folders.flatMap(folder => readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /\.(vue|ts)$/.test(entry.name))
    .filter(entry => pattern.test(readFileSync(join(entry.parentPath, entry.name), 'utf8')))
    .map(entry => entry.name))
}

describe('the sources of the page', () => {
  it('never make markup out of text, and carry no style attributes (the policy of the page forbids them)', () => {
    expect(filesWith(/v-html|innerHTML|\sstyle="/, ['pages', 'components'])).toEqual([])
  })

  it('talk to the host in stores only', () => {
    expect(filesWith(/\bfetch\(|\$fetch|new WebSocket|EventSource/, ['pages', 'components', 'composables', 'plugins'])).toEqual([])
  })
})
