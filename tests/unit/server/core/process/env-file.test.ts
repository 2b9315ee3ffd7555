import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readEnvFiles } from '../../../../../server/core/process/env-file'
import { type TemporaryDirectory, temporaryDirectory } from '../../../../helpers/temporary-directory'

async function withFiles(files: Record<string, string | Uint8Array>): Promise<TemporaryDirectory> {
  const directory = await temporaryDirectory()
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory.path, name), content)
  return directory
}

async function read(files: Record<string, string | Uint8Array>, inherited: Record<string, string> = {}) {
  await using directory = await withFiles(files)
  return await readEnvFiles(Object.keys(files), { cwd: directory.path, inherited })
}

const refused = (reason: string) => ({ code: 'VALIDATION_FAILED', details: [{ field: 'env_file', reason: expect.stringContaining(reason) }] })

describe('readEnvFiles', () => {
  it('reads quotes, comments, export, and values over several lines', async () => {
    const text = '# c\nexport A=1\nB = two words # c\nC=\'it # is\'\nD="l1\n\nl2"\nE="a\\nb"\nF=\nG=`"q"`\r\nH="say \\"x\\""\n'
    expect(await read({ '.env': text })).toEqual({
      A: '1', B: 'two words', C: 'it # is', D: 'l1\n\nl2', E: 'a\nb', F: '', G: '"q"', H: 'say \\"x\\"',
    })
  })

  it('lets later files win, and expands from earlier entries, other files and what is inherited', async () => {
    const files = {
      '.env': 'HOST=db\nURL=pg://${USER}@$HOST:$PORT/\nPATH=$PATH:/x\nPORT=1\n',
      '.env.local': 'PORT=5432\nLOCAL="$URL?$NOPE|${NOPE:-none}|${EMPTY:-none}|${EMPTY-none}|\\$HOST"\n',
    }
    expect(await read(files, { USER: 'me', PATH: '/bin', PORT: '9', EMPTY: '' })).toEqual({
      HOST: 'db', URL: 'pg://me@db:9/', PATH: '/bin:/x', PORT: '5432', LOCAL: 'pg://me@db:9/?|none|none||$HOST',
    })
  })

  it('does not expand what a value says', async () => {
    expect(await read({ '.env': 'A=$SECRET\nB=$A\n' }, { SECRET: 'pa$HOME' })).toEqual({ A: 'pa$HOME', B: 'pa$HOME' })
  })

  it('takes a path alone, absolute or relative to cwd', async () => {
    await using directory = await withFiles({ 'one.env': 'A=1' })
    expect(await readEnvFiles('one.env', { cwd: directory.path, inherited: {} })).toEqual({ A: '1' })
    expect(await readEnvFiles(join(directory.path, 'one.env'), { cwd: '/', inherited: {} })).toEqual({ A: '1' })
  })

  it.each([
    ['a name of other characters', 'A.b=1', '"A.b" must be a name'],
    ['a name that begins with a digit', '1A=1', '"1A" must be a name'],
    ['a NUL character', 'A=a\0b', 'NUL'],
    ['bytes that are no UTF-8', new Uint8Array([0x41, 0x3D, 0xFF]), 'not text in UTF-8'],
    ['more than 1 MiB', `A=1\n${'#'.repeat(1024 * 1024)}`, 'larger than 1 MiB'],
    ['a value of 128 KiB', `A=${'x'.repeat(128 * 1024)}`, 'shorter than 128 KiB'],
    ['values that multiply', ['A=0123456789', ...'BCDEFGH'.split('').map((name, at) => `${name}=${`$${'ABCDEFGH'[at]}`.repeat(10)}`)].join('\n'), 'larger than 1 MiB together'],
  ])('refuses %s', async (_, content, reason) => {
    await expect(read({ '.env': content })).rejects.toMatchObject(refused(reason))
  })

  it('refuses loader hooks by name', async () => {
    await expect(read({ '.env': 'A=1\nLD_PRELOAD=/x.so' })).rejects.toMatchObject({ code: 'UNSAFE_ENV', message: expect.stringContaining('LD_PRELOAD') })
  })

  it('refuses what is no readable regular file, naming its path', async () => {
    await using directory = await temporaryDirectory()
    const { path } = directory
    await mkdir(join(path, 'dir'))
    execFileSync('mkfifo', [join(path, 'fifo')])
    const reading = (file: string) => readEnvFiles(file, { cwd: path, inherited: {} })
    await expect(reading('none')).rejects.toMatchObject(refused(`${join(path, 'none')}: it does not exist`))
    await expect(reading('dir')).rejects.toMatchObject(refused('not a regular file'))
    await expect(reading('fifo')).rejects.toMatchObject(refused('not a regular file'))
  })

  it('uses a parser that prints nothing', () => {
    const code = 'import("dotenv").then(({ parse }) => parse("A=1", { fast: true }))'
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' })
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' })
  })
})
