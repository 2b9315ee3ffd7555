import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startHost } from '../helpers/host'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { codeOf, create, infoOf, pidsOf, rest } from './playground'

/** Longer together than the 2 MB that Linux takes, each argument within its own bound. */
const MANY_LONG = Array.from({ length: 40 }, () => 'x'.repeat(100_000))

describe('a start that cannot happen', () => {
  it.each([
    ['a command that is nowhere', 'no-such-command', [], 400, 'COMMAND_NOT_FOUND', /no-such-command/],
    ['a path that is nowhere', './gone/program', [], 400, 'COMMAND_NOT_FOUND', /gone\/program/],
    ['a file without permission', './plain', [], 400, 'COMMAND_NOT_EXECUTABLE', /permission/],
    ['a missing interpreter', './script', [], 400, 'COMMAND_NOT_EXECUTABLE', /interpreter "\/no\/such"/],
    ['a folder', './folder', [], 400, 'COMMAND_NOT_EXECUTABLE', /directory/],
    ['arguments too long together', 'true', MANY_LONG, 500, 'INTERNAL', /E2BIG/],
  ])('for %s answers with the reason, is Failed with it, and leaves nothing', async (_, command, args, status, code, reason) => {
    await using directory = await temporaryDirectory()
    await writeFile(join(directory.path, 'plain'), 'echo')
    await writeFile(join(directory.path, 'script'), '#!/no/such\n')
    await chmod(join(directory.path, 'script'), 0o755)
    await mkdir(join(directory.path, 'folder'))
    await using host = await startHost()
    // What is too long for one request comes in parts.
    await create(host, { id: 'web', command, args: args.slice(0, 5), cwd: directory.path, env: {} })
    if (args.length > 5) {
      const parts = Array.from({ length: 25 }, (_, index) => [`PART_${index}`, 'x'.repeat(100_000)])
      for (const [name = '', value] of parts) await host.send('PATCH', '/api/processes/web', { env: { [name]: value } })
    }
    const refused = await host.send('POST', '/api/processes/web/start')
    expect([refused.status, codeOf(refused)]).toEqual([status, code])
    expect(JSON.stringify(refused.body)).toMatch(new RegExp(reason.source.replaceAll('"', '\\\\"')))
    const info = await infoOf(host, 'web')
    expect(info).toMatchObject({ state: 'Failed', phase: 'idle', error: expect.stringMatching(reason) })
    expect(info).not.toHaveProperty('run')
    expect(pidsOf('web')).toEqual([])
    expect(existsSync(join(host.dataDir, 'processes/web/runs/1'))).toBe(false)
    await host.end('SIGKILL')
    await using next = await startHost({ dataDir: host.dataDir })
    expect(await infoOf(next, 'web')).toMatchObject({ state: 'Failed', error: info.error })
  })

  it('is refused at the definition where one argument is too long, or holds a NUL', async () => {
    await using host = await startHost()
    for (const args of [['x'.repeat(128 * 1024)], ['a\0b']]) {
      const refused = await host.send('POST', '/api/processes', { id: 'web', command: 'true', args })
      expect([refused.status, codeOf(refused)]).toEqual([400, 'VALIDATION_FAILED'])
    }
    expect(await host.send('GET', '/api/processes')).toMatchObject({ body: [] })
  })

  it('is none for a script without an interpreter line, which sh runs as everywhere', async () => {
    await using directory = await temporaryDirectory()
    await writeFile(join(directory.path, 'script'), 'echo "$1" >out; exit 3\n')
    await chmod(join(directory.path, 'script'), 0o755)
    await using host = await startHost()
    await create(host, { id: 'web', command: './script', args: ['$HOME; id'], cwd: directory.path })
    expect(await host.send('POST', '/api/processes/web/start')).toMatchObject({ status: 200 })
    expect(await rest(host, 'web')).toMatchObject({ state: 'Failed', exit_code: 3 })
    expect(await readFile(join(directory.path, 'out'), 'utf8')).toBe('$HOME; id\n')
  })
})

describe('an id that would be a path or an object', () => {
  it.each(['../x', '..', '.', '__proto__', 'constructor', 'prototype', 'a/b', 'a\0b', '', '-x', 'x'.repeat(65), 'ü', 'a b', 'a\nb'])(
    'is refused and makes no file: %j',
    async (id) => {
      await using host = await startHost()
      const refused = await host.send('POST', '/api/processes', { id, command: 'true' })
      expect([refused.status, codeOf(refused)]).toEqual([400, 'VALIDATION_FAILED'])
      const inPath = await host.send('POST', `/api/processes/${encodeURIComponent(id)}/start`)
      expect(inPath.status).toBeGreaterThanOrEqual(400)
      expect(inPath.status).toBeLessThan(500)
      expect(await host.send('GET', '/api/processes')).toMatchObject({ status: 200, body: [] })
      expect(existsSync(join(host.dataDir, 'x'))).toBe(false)
    },
  )
})
