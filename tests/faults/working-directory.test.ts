import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startHost } from '../helpers/host'
import { isRunning } from '../helpers/processes'
import { temporaryDirectory } from '../helpers/temporary-directory'
import { codeOf, infoOf, run } from './playground'

it('a process whose working directory is removed runs on, and its restart names the directory', async () => {
  await using directory = await temporaryDirectory()
  const cwd = join(directory.path, 'gone')
  await mkdir(cwd)
  await using host = await startHost()
  const { pid } = await run(host, { id: 'web', command: 'sleep', args: ['600'], cwd })
  await rm(cwd, { recursive: true })
  expect(await infoOf(host, 'web')).toMatchObject({ state: 'Running', pid })
  expect(isRunning(pid)).toBe(true)
  const refused = await host.send('POST', '/api/processes/web/restart')
  expect([refused.status, codeOf(refused)]).toEqual([400, 'CWD_NOT_FOUND'])
  expect(JSON.stringify(refused.body)).toContain(cwd)
  expect(await infoOf(host, 'web')).toMatchObject({ state: 'Failed', error: expect.stringContaining(cwd) })
  expect(isRunning(pid)).toBe(false)
})
