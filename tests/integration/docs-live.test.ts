import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { startHost } from '../helpers/host'
import { temporaryDirectory } from '../helpers/temporary-directory'

const page = join(import.meta.dirname, '../../docs/live.md')
const MARK = '@@ block'

interface Example { commands: string, shown: string | undefined }

/** The blocks of the page with what the page says they print. */
function examplesOf(text: string): Example[] {
  return Array.from(text.matchAll(/^```sh\n([\s\S]*?)^```\n(?:\n```\n([\s\S]*?)^```$)?/gm), ([, commands = '', shown]) => ({ commands, shown }))
}

/** Cursors and times are others each time. */
function normal(text: string): string {
  return text.replace(/\b[0-9a-z]{6}\.\d+\.\d+\.[0-9a-z]+(?:_[0-9a-z]+)?\.[0-9a-z]+(?:_[0-9a-z]+)?(?:\.[oe])?/g, 'CURSOR').replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
}

describe('docs/live.md', () => {
  it('shows, word for word, what its examples print', async () => {
    await using host = await startHost()
    await using directory = await temporaryDirectory()
    const examples = examplesOf(await readFile(page, 'utf8'))
    expect(examples.length).toBeGreaterThan(7)
    const script = examples.map(({ commands }) => `${commands}\necho "${MARK}"\n`).join('')
    const { stdout } = await promisify(execFile)('bash', ['-c', script], {
      cwd: directory.path,
      timeout: 45_000,
      env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}`, V: host.url },
    })
    const printed = stdout.split(`${MARK}\n`)
    for (const [at, { commands, shown = '' }] of examples.entries()) expect(normal(printed[at] ?? ''), commands).toBe(normal(shown))
  })
})
