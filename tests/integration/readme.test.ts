import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ensureBuild } from '../helpers/host'
import { pidsWithEnvironment } from '../helpers/processes'

const root = join(import.meta.dirname, '../..')

describe('the block of the README', () => {
  it('that kills the host shows, word for word, the same pid, every line once and the exit code', async () => {
    await ensureBuild()
    const readme = await readFile(join(root, 'README.md'), 'utf8')
    const block = /## See it survive[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
    const mark = randomBytes(8).toString('hex')
    // The block has a port of its own: of several test runs on one machine one is let in at a time.
    const { stdout } = await promisify(execFile)('flock', ['-o', join(tmpdir(), 'vantage-readme.lock'), 'bash', '-c', block], {
      cwd: root,
      env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}`, VANTAGETEST: mark },
    })
    const pid = /the writer has pid (\d+)/.exec(stdout)?.[1]
    expect(stdout.split('\n')).toEqual([
      `the writer has pid ${pid}`,
      'the host is dead, the writer goes on',
      `the next host has taken it back: pid ${pid}`,
      'lines: 3000, missing or doubled: 0',
      'its exit code: 7',
      '',
    ])
    expect(pidsWithEnvironment(`VANTAGETEST=${mark}`)).toEqual([])
  })
})
