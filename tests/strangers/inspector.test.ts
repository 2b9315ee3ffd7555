import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ensureBuild } from '../../scripts/ensure-build.mjs'
import { startHost } from '../helpers/host'
import { BIN, playground, SYSTEM_NODE } from '../integration/mcp/playground'
import { installClient } from './installed-client'

const inspector = await installClient('@modelcontextprotocol/inspector@2.12.0')

/** The exit codes of its command line that matter here. */
const OK = 0
const TOOL_FAILED = 5

async function inspect(args: string[], env: NodeJS.ProcessEnv = process.env) {
  const command = join(inspector.folder, '.bin/mcp-inspector')
  const child = spawn(SYSTEM_NODE, [command, '--cli', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => said.stdout += text)
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.stderr += text)
  const [code] = await once(child, 'close')
  return { code, ...said }
}

beforeAll(ensureBuild)

const ToolList = z.object({ result: z.object({ tools: z.array(z.object({ name: z.string() })) }) })
const Called = z.object({ result: z.object({ isError: z.boolean().optional(), content: z.tuple([z.object({ text: z.string() })]) }) })
const Load = z.object({ result: z.object({ ok: z.number(), toolErrors: z.number(), errors: z.number() }) })

const namesOf = (stdout: string) => ToolList.parse(JSON.parse(stdout)).result.tools.map(({ name }) => name)
const toolCall = (name: string, ...args: string[]) => ['--method', 'tools/call', '--tool-name', name, ...args.flatMap(arg => ['--tool-arg', arg])]

describe.skipIf(inspector.missing)(`the inspector ${inspector.missing ?? 'of the protocol'}`, () => {
  it('finds every schema valid and calls tools over stdio', async () => {
    await using ground = await playground()
    // The inspector hands HOME and PATH on only: without the mark the host would outlive the test.
    const marked = ['env', ...['VANTAGETEST', 'NITRO_PORT'].map(name => `${name}=${ground.env[name]}`)]
    const server = [...marked, SYSTEM_NODE, BIN, 'mcp', '--data-dir', ground.dataDir]
    const ask = (...args: string[]) => inspect([...args, '--format', 'json', '-q', '--', ...server], ground.env)

    const listed = await ask('--method', 'tools/list', '--strict')
    expect(listed.code, listed.stderr).toBe(OK)
    expect(namesOf(listed.stdout)).toEqual(expect.arrayContaining(['create_process', 'start_process', 'get_process_output', 'stop_process']))

    const created = await ask(...toolCall('create_process', 'id=web', 'command=sh', 'args=["-c","echo hello"]'))
    expect(created.code, created.stdout).toBe(OK)
    const output = await ask(...toolCall('get_process_output', 'id=web', 'lines=1'))
    expect(output.code).toBe(OK)
    expect(Called.parse(JSON.parse(output.stdout)).result.content[0].text).toMatch(/^web: NotStarted/)

    const refused = await ask(...toolCall('start_process', 'id=wbe'))
    expect(refused.code).toBe(TOOL_FAILED)
    expect(Called.parse(JSON.parse(refused.stdout)).result).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/^PROCESS_NOT_FOUND: /) }] })
  })

  it('finds the same over HTTP, and no failed call under load', async () => {
    await using host = await startHost()
    const ask = (...args: string[]) => inspect(['--server-url', `${host.url}/mcp`, '--transport', 'http', '--format', 'json', '-q', ...args])
    const listed = await ask('--method', 'tools/list', '--strict')
    expect(listed.code, listed.stderr).toBe(OK)
    expect(namesOf(listed.stdout)).toContain('get_process_output')

    const loaded = await ask(...toolCall('list_processes'), '--load', '--load-duration', '3')
    expect(loaded.code, loaded.stdout).toBe(OK)
    const { ok, ...failed } = Load.parse(JSON.parse(loaded.stdout)).result
    expect(failed).toEqual({ toolErrors: 0, errors: 0 })
    expect(ok).toBeGreaterThan(10)
  })
})
