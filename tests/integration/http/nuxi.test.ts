import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ensureBuild } from '../../helpers/host'
import { isRunning } from '../../helpers/processes'
import { temporaryDirectory } from '../../helpers/temporary-directory'
import { waitFor } from '../../helpers/wait-for'

const root = join(import.meta.dirname, '../../..')

const nuxiStart: [string, string, string[]][] = [
  ['nuxi start', join(root, 'node_modules/.bin/nuxi'), ['start']],
  ['npx nuxi start', 'npx', ['nuxi', 'start']],
]

describe('nuxi start', () => {
  it.each(nuxiStart)('%s serves the built host, and a signal to it ends the host', async (_, command, args) => {
    await ensureBuild()
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    const env = { ...process.env, VANTAGE_DATA_DIR: dataDir, NITRO_PORT: '0' }
    const nuxi = spawn(command, args, { cwd: root, env, stdio: 'ignore' })
    const exited = once(nuxi, 'exit')
    const { url, pid } = await waitFor('the host tells where it is', async () =>
      JSON.parse(await readFile(join(dataDir, 'server.json'), 'utf8').catch(() => 'null')), 60_000)
    try {
      await waitFor('it answers', () => fetch(`${url}/api/health`).then(({ ok }) => ok, () => false))
      nuxi.kill('SIGTERM')
      await exited
      await waitFor('the host has ended', () => !isRunning(pid))
      await expect(readFile(join(dataDir, 'server.json'))).rejects.toMatchObject({ code: 'ENOENT' })
    }
    finally {
      if (isRunning(pid)) process.kill(pid, 'SIGKILL')
    }
  })
})
