import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ensureBuild } from '../../../scripts/ensure-build.mjs'
import { pidsWithEnvironment } from '../../helpers/processes'
import { slowness } from '../../helpers/slowness'
import { waitFor } from '../../helpers/wait-for'
import { BIN, playground, ROOT, SYSTEM_NODE, type Playground } from '../mcp/playground'

beforeAll(ensureBuild)

/** Runs a command to its end, or until it is told to end. */
function run(ground: Playground, file: string, args: string[], cwd = ROOT) {
  const child = spawn(file, args, { cwd, env: ground.env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => said.stdout += chunk.toString())
  child.stderr.on('data', (chunk: Buffer) => said.stderr += chunk.toString())
  const ended = once(child, 'close').then(([code]) => Number(code))
  return { child, said, ended }
}

const left = ({ env }: Playground) => pidsWithEnvironment(`VANTAGETEST=${env.VANTAGETEST}`)

describe('npm start', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('serves, and leaves no process behind when npm gets %s', async (signal) => {
    await using ground = await playground()
    const { child, said, ended } = run(ground, 'npm', ['start', '--', '--data-dir', ground.dataDir])
    const { url, pid } = await ground.host()
    expect(await (await fetch(`${url}/api/health`)).json()).toMatchObject({ app: 'vantage', pid })
    const from = performance.now()
    child.kill(signal)
    await ended
    await waitFor('nothing is left', () => left(ground).length === 0)
    expect(performance.now() - from).toBeLessThan(2000 * await slowness())
    expect(said.stderr).toContain('listening on')
    expect(await ground.record()).toBeUndefined()
  })

  it('saves and ends in order when the signal comes twice at once, from the terminal and from npm', async () => {
    await using ground = await playground()
    const { child, ended } = run(ground, SYSTEM_NODE, ['scripts/start.mjs', '--data-dir', ground.dataDir])
    await ground.host()
    child.kill('SIGINT')
    child.kill('SIGINT')
    expect(await ended).toBe(0)
    expect(await ground.record()).toBeUndefined()
  })
})

describe('vantage serve', () => {
  it('runs under the Node of the system, from any directory', async () => {
    await using ground = await playground()
    const { child, said, ended } = run(ground, SYSTEM_NODE, [BIN, 'serve', '--data-dir', ground.dataDir, '--log-level', 'debug'], tmpdir())
    await ground.host()
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(said.stdout).toBe('')
  })

  it('exits 1 on a port that is taken, and on a data directory that has a host', async () => {
    await using ground = await playground()
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const refused = run(ground, SYSTEM_NODE, [BIN, 'serve', '--port', port, '--data-dir', ground.dataDir])
    expect(await refused.ended).toBe(1)
    expect(refused.said.stderr).toContain(port)
    other.close()

    const first = run(ground, SYSTEM_NODE, [BIN, 'serve', '--data-dir', ground.dataDir])
    const { url, pid } = await ground.host()
    const second = run(ground, SYSTEM_NODE, [BIN, 'serve', '--data-dir', ground.dataDir])
    expect(await second.ended).toBe(1)
    expect(second.said.stderr).toContain(url)
    expect(second.said.stderr).toContain(String(pid))
    first.child.kill('SIGTERM')
    await first.ended
  })

  it('exits 2 on what it does not know, and names it', async () => {
    await using ground = await playground()
    for (const [args, name] of [[['--frobnicate'], '--frobnicate'], [['serve', '--embedded'], '--embedded'], [['logs'], 'logs']] as const) {
      const { said, ended } = run(ground, SYSTEM_NODE, [BIN, ...args])
      expect(await ended).toBe(2)
      expect(said.stderr).toContain(name)
    }
  })

  it('tells version and help on stdout', async () => {
    await using ground = await playground()
    const version = run(ground, SYSTEM_NODE, [BIN, '--version'])
    expect([await version.ended, version.said.stdout]).toEqual([0, '0.3.0\n'])
    const help = run(ground, SYSTEM_NODE, [BIN, '--help'])
    expect([await help.ended, help.said.stdout]).toEqual([0, expect.stringContaining('vantage mcp')])
  })

  it('says how to build where nothing is built', async () => {
    await using ground = await playground()
    const folder = await mkdtemp(join(tmpdir(), 'vantage-test-'))
    const { cp } = await import('node:fs/promises')
    await cp(join(ROOT, 'bin'), join(folder, 'bin'), { recursive: true })
    for (const command of ['serve', 'mcp', 'ps']) {
      const { said, ended } = run(ground, SYSTEM_NODE, [join(folder, 'bin/vantage.mjs'), command])
      expect(await ended).toBe(1)
      expect(said.stderr).toContain('npm run build')
    }
    await rm(folder, { recursive: true })
  })
})
