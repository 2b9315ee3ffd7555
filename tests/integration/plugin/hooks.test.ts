import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ensureBuild, startHost, type TestHost } from '../../helpers/host'
import { listenOnLoopback } from '../../helpers/loopback'
import { slowness } from '../../helpers/slowness'
import { systemNode } from '../../helpers/system-node'
import { temporaryDirectory } from '../../helpers/temporary-directory'
import { waitFor } from '../../helpers/wait-for'
import { ROOT } from '../mcp/playground'

beforeAll(ensureBuild)

const node = systemNode()

/** Runs a hook as Claude Code does; gives what it says. */
async function hook(name: string, input: object, env: Record<string, string> = {}) {
  const { PATH, HOME } = process.env
  const child = spawn(node, [join(ROOT, 'plugin/scripts', name)], { env: { PATH, HOME, ...env }, stdio: 'pipe' })
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => said.stdout += text)
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.stderr += text)
  child.stdin.end(JSON.stringify(input))
  const [code] = await once(child, 'close')
  return { code, ...said }
}

const SILENT = { code: 0, stdout: '', stderr: '' }

describe('before-bash', () => {
  const before = (input: object) => hook('before-bash.mjs', { hook_event_name: 'PreToolUse', tool_name: 'Bash', tool_input: input })

  it('denies a background job with the call to make instead', async () => {
    const { stdout, ...rest } = await before({ command: 'npm run dev &' })
    expect(rest).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout).hookSpecificOutput).toMatchObject({
      hookEventName: 'PreToolUse',
      permissionDecision: 'deny',
      permissionDecisionReason: expect.stringContaining('ensure_process {"id":"dev"'),
    })
  })

  it('says nothing of anything else', async () => {
    expect(await before({ command: 'npm test 2>&1 | tail -5', description: 'Test' })).toEqual(SILENT)
    expect(await before({})).toEqual(SILENT)
  })
})

describe('on-prompt', () => {
  const prompt = (dataDir: string, project: string, session = 'a-session') =>
    hook('on-prompt.mjs', { hook_event_name: 'UserPromptSubmit', session_id: session, cwd: project, prompt: 'hi' }, { VANTAGE_DATA_DIR: dataDir })

  /** Asks until the hook had time enough to ask the host: what it does not know in time it tells at the next prompt. */
  const told = (host: TestHost, project: string) => waitFor('it is told', async () => (await prompt(host.dataDir, project)).stdout, 60_000)
  const remembered = (host: TestHost, project: string) => waitFor('it is remembered', async () => {
    expect(await prompt(host.dataDir, project)).toEqual(SILENT)
    const text = await readFile(join(host.dataDir, 'hooks/a-session.json'), 'utf8').catch(() => '')
    return text.includes('cursor')
  }, 60_000)

  it('is silent and leaves nothing where no host has been', async () => {
    await using directory = await temporaryDirectory()
    const from = performance.now()
    expect(await prompt(directory.path, directory.path)).toEqual(SILENT)
    expect(performance.now() - from).toBeLessThan(300 * await slowness())
    expect(await readdir(directory.path)).toEqual([])
  })

  it('is silent where the host is gone, another program has its port, or nobody answers there', async () => {
    await using directory = await temporaryDirectory()
    const record = (url: string) => writeFile(join(directory.path, 'server.json'), JSON.stringify({ url, pid: process.pid }))
    await record('http://127.0.0.1:1')
    expect(await prompt(directory.path, directory.path)).toEqual(SILENT)

    await using host = await startHost()
    await record(host.url)
    expect(await prompt(directory.path, directory.path)).toEqual(SILENT)

    await using mute = await listenOnLoopback(createServer())
    await record(`http://127.0.0.1:${mute.port}`)
    const from = performance.now()
    expect(await prompt(directory.path, directory.path)).toEqual(SILENT)
    expect(performance.now() - from).toBeLessThan(500 * await slowness())

    await writeFile(join(directory.path, 'server.json'), '{"url":')
    expect(await prompt(directory.path, directory.path)).toEqual(SILENT)
    expect(await readdir(directory.path)).toEqual(['server.json'])
  })

  it('tells once what has changed in the project, and nothing of other projects', async () => {
    await using host = await startHost()
    await using project = await temporaryDirectory()
    const define = (id: string, where: string) => host.send('POST', '/api/processes', {
      id, project: where, cwd: '/', command: 'sh', stdin: 'open', args: ['-c', 'read line; echo "Error: one" >&2; echo "Error: two" >&2; exit 1'],
    })
    for (const [id, where] of [['api', project.path], ['other', '/']] as const) {
      await define(id, where)
      await host.send('POST', `/api/processes/${id}/start`)
    }
    await remembered(host, project.path)
    for (const id of ['api', 'other']) {
      await host.send('POST', `/api/processes/${id}/input`, { text: 'go\n' })
      await waitFor('it has crashed', async () => JSON.stringify((await host.send('GET', `/api/processes/${id}`)).body).includes('"Failed"'))
    }
    expect(JSON.parse(await told(host, project.path))).toEqual({ hookSpecificOutput: {
      hookEventName: 'UserPromptSubmit',
      additionalContext: 'Vantage, since your last message: api crashed (exit 1), 2 new errors. get_process_output id=api shows why.',
    } })
    expect(await prompt(host.dataDir, project.path)).toEqual(SILENT)
  })

  it('keeps what it remembers to the user, for a week, and in its folder whatever the session is called', async () => {
    await using host = await startHost()
    await using project = await temporaryDirectory()
    const folder = join(host.dataDir, 'hooks')
    await mkdir(folder)
    await writeFile(join(folder, 'old.json'), '{}')
    await utimes(join(folder, 'old.json'), 0, 0)
    await waitFor('it is remembered', async () => {
      expect(await prompt(host.dataDir, project.path, '../../x')).toEqual(SILENT)
      return (await readdir(folder)).includes('x.json')
    }, 60_000)
    expect(await readdir(folder)).toEqual(['x.json'])
    expect((await stat(join(folder, 'x.json'))).mode & 0o777).toBe(0o600)
  })
})
