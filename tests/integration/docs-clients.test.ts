import { execFile } from 'node:child_process'
import { readFile, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { ensureBuild } from '../helpers/host'
import { systemNode } from '../helpers/system-node'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { BIN } from './mcp/playground'

beforeAll(ensureBuild)

describe('docs/clients.md', () => {
  it('shows, word for word, what its first example prints where vantage is installed', async () => {
    await using directory = await temporaryDirectory()
    await symlink(BIN, join(directory.path, 'vantage'))
    const page = await readFile(join(import.meta.dirname, '../../docs/clients.md'), 'utf8')
    const [, commands = '', shown = ''] = /```sh\n([\s\S]*?)```\n\n```\n([\s\S]*?)```/.exec(page) ?? []
    const { stdout } = await promisify(execFile)('bash', ['-c', commands], {
      cwd: directory.path,
      env: { PATH: [directory.path, dirname(systemNode()), process.env.PATH].join(':') },
    })
    expect(stdout).toBe(shown)
    expect(shown).toContain('"vantage"')
  })
})
