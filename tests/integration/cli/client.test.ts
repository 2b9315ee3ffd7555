import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ProcessInfo } from '#shared/schemas/process-info'
import { ensureBuild, startHost, type TestHost } from '../../helpers/host'
import { isRunning } from '../../helpers/processes'
import { systemNode } from '../../helpers/system-node'
import { temporaryDirectory } from '../../helpers/temporary-directory'
import { waitFor } from '../../helpers/wait-for'
import { BIN, ROOT } from '../mcp/playground'

beforeAll(ensureBuild)

const node = systemNode()

/** Runs `vantage …` as a user would, with the Node of the system. */
async function vantage(dataDir: string, args: string[], { env = {} }: { env?: Record<string, string> } = {}) {
  const { PATH, HOME } = process.env
  const child = spawn(node, [BIN, ...args], { cwd: ROOT, env: { PATH, HOME, VANTAGE_DATA_DIR: dataDir, ...env } })
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => said.stdout += text)
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.stderr += text)
  const [code] = await once(child, 'close')
  return { code: Number(code), ...said }
}

const define = (host: TestHost, id: string, command: string, args: string[] = []) => host.send('POST', '/api/processes', { id, command, args })

describe('vantage ps, status, start, stop, restart', () => {
  it('starts, shows, restarts and stops a process of the running host', async () => {
    await using host = await startHost()
    await define(host, 'quiet', 'sleep', ['3600'])
    expect(await vantage(host.dataDir, ['start', 'quiet'])).toEqual({ code: 0, stdout: expect.stringMatching(/^quiet: Running, run 1, pid \d+\n$/), stderr: '' })
    const first = ProcessInfo.parse(JSON.parse((await vantage(host.dataDir, ['status', 'quiet', '--json'])).stdout))
    expect(isRunning(first.pid ?? 0)).toBe(true)
    const again = ProcessInfo.parse(JSON.parse((await vantage(host.dataDir, ['restart', 'quiet', '--json'])).stdout))
    expect(again).toMatchObject({ state: 'Running', run: 2 })
    expect(isRunning(first.pid ?? 0)).toBe(false)
    const table = await vantage(host.dataDir, ['ps'])
    expect(table.stdout).toMatch(/^ID +STATE +RUN +PID +UPTIME +COMMAND\nquiet +Running +2 +\d+ +\d+ s +sleep 3600\n$/)
    const status = await vantage(host.dataDir, ['status', 'quiet'])
    expect(status.stdout).toMatch(new RegExp(`^id +quiet\nstate +Running\nrun +2\npid +${again.pid}\n`))
    expect((await vantage(host.dataDir, ['stop', 'quiet'])).stdout).toMatch(/^quiet: Stopped, SIGTERM, run 2\n$/)
    expect(isRunning(again.pid ?? 0)).toBe(false)
  })

  it('takes the data directory of the option before that of the variable', async () => {
    await using host = await startHost()
    expect((await vantage('/nowhere', ['ps', '--data-dir', host.dataDir, '--json'])).stdout).toBe('[]\n')
    expect((await vantage('/nowhere', ['--data-dir', host.dataDir, 'ps'])).stdout).toBe('No process is defined.\n')
  })

  it('starts a process with the PATH of the caller', async () => {
    await using directory = await temporaryDirectory()
    await writeFile(join(directory.path, 'only-here'), '#!/bin/sh\nexit 7\n', { mode: 0o755 })
    await using host = await startHost()
    await define(host, 'found', 'only-here')
    const refused = await vantage(host.dataDir, ['start', 'found'])
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('COMMAND_NOT_FOUND: ') })
    const started = await vantage(host.dataDir, ['start', 'found'], { env: { PATH: `${directory.path}:${process.env.PATH}` } })
    expect(started).toMatchObject({ code: 0, stderr: '' })
    await waitFor('its exit code is shown', async () => (await vantage(host.dataDir, ['ps'])).stdout.includes('Failed, exit code 7'))
  })

  it('exits 1 with code, message and hint when the host refuses', async () => {
    await using host = await startHost()
    await define(host, 'quiet', 'sleep', ['3600'])
    expect(await vantage(host.dataDir, ['stop', 'quiet', '--json'])).toEqual({
      code: 1, stdout: '', stderr: expect.stringMatching(/^NOT_RUNNING: Process "quiet" is not running: .+\n\S.+\n$/),
    })
    const unknown = await vantage(host.dataDir, ['start', 'quit'])
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('PROCESS_NOT_FOUND: There is no process "quit". Nearest: "quiet".') })
    expect((await vantage(host.dataDir, ['status', '../../health'])).code).toBe(1)
  })

  it('exits 1 and says how to start a host where none runs, or where another program has its port', async () => {
    await using directory = await temporaryDirectory()
    const nobody = await vantage(join(directory.path, 'none'), ['ps'])
    expect(nobody).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/no host runs for .*none\.\n.*vantage serve --data-dir/) })
    const asked: string[] = []
    const other = createServer((req, res) => {
      asked.push(`${req.method} ${req.url} ${req.headers.authorization}`)
      res.setHeader('content-type', 'application/json').end('{"app":"vantage","pid":1}')
    }).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    await writeFile(join(directory.path, 'server.json'), JSON.stringify({ url, pid: 2 }))
    const stopped = await vantage(directory.path, ['stop', 'web'], { env: { VANTAGE_TOKEN: 'not-for-strangers' } })
    expect(stopped).toMatchObject({ code: 1, stderr: expect.stringContaining('no host runs') })
    expect(asked).toEqual(['GET /api/health undefined'])
    other.close()
  })

  it('exits 2 on a command line it cannot understand', async () => {
    for (const args of [['start'], ['start', 'a', 'b'], ['ps', 'x'], ['ps', '--port', '1'], ['status', 'a', '--frobnicate']]) {
      expect(await vantage('/nowhere', args)).toMatchObject({ code: 2, stdout: '' })
    }
  })

  it('is a small bundle: a client command loads nothing of host or bridge', async () => {
    const { size } = await stat(join(dirname(BIN), '../.output/client/cli.mjs'))
    expect(size).toBeLessThan(12 * 1024)
  })
})

describe('a client of a host with a token', () => {
  const TOKEN = 'client-token-1'

  it('takes it from the environment, else from the file of the data directory', async () => {
    await using host = await startHost({ env: { VANTAGE_TOKEN: TOKEN } })
    expect(await vantage(host.dataDir, ['ps', '--json'], { env: { VANTAGE_TOKEN: TOKEN } })).toEqual({ code: 0, stdout: '[]\n', stderr: '' })
    await writeFile(join(host.dataDir, 'token'), `${TOKEN}\n`)
    expect((await vantage(host.dataDir, ['ps', '--json'])).stdout).toBe('[]\n')
  })

  it('exits 1 and says where the token came from, or has to come from', async () => {
    await using host = await startHost({ env: { VANTAGE_TOKEN: TOKEN } })
    const file = join(host.dataDir, 'token')
    const none = await vantage(host.dataDir, ['ps'])
    expect(none).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^UNAUTHORIZED: This host wants a token\.\nNo token was sent\. /) })
    expect(none.stderr).toContain(file)
    await writeFile(file, 'client-token-2')
    const wrong = [await vantage(host.dataDir, ['ps']), await vantage(host.dataDir, ['ps'], { env: { VANTAGE_TOKEN: 'client-token-3' } })]
    expect(wrong.map(({ code }) => code)).toEqual([1, 1])
    expect(wrong[0]?.stderr).toContain(`The token came from ${file}.`)
    expect(wrong[1]?.stderr).toContain('The token came from VANTAGE_TOKEN.')
    const empty = await vantage(host.dataDir, ['ps'], { env: { VANTAGE_TOKEN: '' } })
    expect(empty).toMatchObject({ code: 1, stderr: expect.stringContaining('VANTAGE_TOKEN is empty') })
    expect([none, ...wrong, empty].map(({ stderr }) => stderr).join()).not.toContain('client-token')
  })
})

describe('vantage serve --open', () => {
  it('opens a browser that is signed in, by an address that does not have the token', async () => {
    await using directory = await temporaryDirectory()
    const opened = join(directory.path, 'opened')
    await writeFile(join(directory.path, 'xdg-open'), `#!/bin/sh\necho "$1 $VANTAGE_TOKEN" > ${opened}\n`, { mode: 0o755 })
    const dataDir = join(directory.path, 'data')
    const child = spawn(node, [BIN, 'serve', '--open', '--port', '0'], {
      env: { PATH: `${directory.path}:${process.env.PATH}`, HOME: directory.path, VANTAGE_DATA_DIR: dataDir, VANTAGE_TOKEN: 'client-token-1' },
      stdio: 'ignore',
    })
    try {
      const address = await waitFor('a browser is opened', () => readFile(opened, 'utf8').then(text => /^(http.*) \n$/.exec(text)?.[1], () => undefined))
      expect(address).not.toContain('client-token')
      const { origin, hash } = new URL(address)
      const signIn = () => fetch(`${origin}/api/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token: /^#token=(.+)$/.exec(hash)?.[1] }),
      })
      expect([(await signIn()).status, (await signIn()).status]).toEqual([204, 401])
    }
    finally {
      child.kill('SIGTERM')
      await once(child, 'close')
    }
  })
})
