import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { ensureBuild } from '../../scripts/ensure-build.mjs'
import { startHost } from '../helpers/host'
import { isRunning, pidsWithEnvironment } from '../helpers/processes'
import { slowness } from '../helpers/slowness'
import { waitFor } from '../helpers/wait-for'
import { BIN, fixture, type Playground, playground, SYSTEM_NODE } from '../integration/mcp/playground'
import { claude, claudeCode, claudePlace, session } from './claude'
import { type MessagesApi, startMessagesApi, type Step, type ToolUse, wordsOf } from './messages-api'

beforeAll(ensureBuild)

/** What the answers of a whole session may take, at 2.3 characters a token. */
const MOST_CHARACTERS = 3000 * 2.3

const call = (name: string, input: Record<string, unknown> = {}): ToolUse => ({ name: `mcp__vantage__${name}`, input })

const web = { id: 'web', command: SYSTEM_NODE, args: [fixture('tiny-web-server.mjs')], ready: { log: 'listening on' }, wait: 'ready' }

/** What a working session does: a job that ends, a server that stays, both read and waited for. */
const script: Step[] = [
  call('list_processes'),
  call('create_process', { id: 'job', command: 'sh', args: ['-c', 'read line; echo "Error: no $line" >&2; exit 3'], stdin: 'open' }),
  call('start_process', { id: 'job' }),
  call('ensure_process', web),
  call('ensure_process', web),
  call('get_process_output', { id: 'web' }),
  results => call('get_process_output', { id: 'web', since: /next: since=(\S+)/.exec(results[5] ?? '')?.[1] }),
  call('send_input', { id: 'job', text: 'stock\n' }),
  call('wait_for_process', { id: 'job', for: 'exit', timeout_ms: 20_000 }),
  call('get_process_status', { id: 'wbe' }),
]
const ENSURED = 3

const SERVERS = 'servers.json'
const withServers = () => session('go', ['--no-session-persistence', '--mcp-config', SERVERS, '--strict-mcp-config', '--allowedTools', 'mcp__vantage__*'])

/** Plays the script in a session of Claude Code that knows Vantage by `server`. */
async function play(ground: Playground, api: MessagesApi, server: object) {
  const place = await claudePlace(ground, api.url)
  await writeFile(join(place.project, SERVERS), JSON.stringify({ mcpServers: { vantage: server } }))
  const run = await claude(place, withServers())
  expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('"name":"vantage","status":"connected"') })
  return place
}

function expectScript(api: MessagesApi): void {
  const [listed, created, started, ensured, again, output, news, sent, waited, unknown] = api.results()
  expect(JSON.parse(listed?.text ?? '')).toEqual({ processes: [], total: 0 })
  expect(JSON.parse(created?.text ?? '')).toMatchObject({ success: true, id: 'job', state: 'NotStarted' })
  expect(JSON.parse(started?.text ?? '')).toMatchObject({ success: true, id: 'job', state: 'Running', run: 1 })
  expect(JSON.parse(ensured?.text ?? '')).toMatchObject({
    success: true, id: 'web', outcome: 'created and started', url: expect.stringMatching(/^http:/), pid: expect.any(Number), ready_after_ms: expect.any(Number),
  })
  expect(JSON.parse(again?.text ?? '')).toMatchObject({ success: true, outcome: 'already running', pid: JSON.parse(ensured?.text ?? '').pid })
  expect(output?.text).toMatch(/^web: Running \(ready\), pid \d+, run 1, .*\n[\s\S]* \| listening on http:\S+\nnext: since=\S+/)
  expect(news?.text).toMatch(/no new lines since/)
  expect(sent?.isError).toBe(false)
  expect(JSON.parse(waited?.text ?? '')).toMatchObject({
    success: true, id: 'job', outcome: 'ended', state: 'Failed', exit_code: 3, untrusted_output: expect.arrayContaining(['E| Error: no stock']),
  })
  expect(unknown?.isError).toBe(true)
  expect(unknown?.text).toMatch(/^PROCESS_NOT_FOUND: There is no process "wbe"\. Nearest: "web"[^\n]*\.\n\S/)
  expect(api.results().filter(({ isError }) => isError)).toHaveLength(1)
  expect(api.results().map(({ text }) => text).join('').length).toBeLessThan(MOST_CHARACTERS)
}

/** The processes `vantage mcp` of a playground that are running. */
async function bridgesOf(ground: Playground): Promise<number[]> {
  const pids = pidsWithEnvironment(`VANTAGETEST=${ground.env.VANTAGETEST}`)
  const lines = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return pids.filter((_, at) => lines[at]?.split('\0').includes('mcp'))
}

describe.skipIf(claudeCode.missing)(`Claude Code ${claudeCode.missing ?? 'with a scripted model'}`, () => {
  it('shows the server connected after the command of the README', async () => {
    await using ground = await playground()
    const place = await claudePlace(ground, 'http://127.0.0.1:1')
    const added = await claude(place, ['mcp', 'add', 'vantage', '--', 'node', BIN, 'mcp', '--data-dir', ground.dataDir])
    expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('Added stdio MCP server vantage') })
    expect((await claude(place, ['mcp', 'list'])).stdout).toMatch(/^vantage: node .* - ✔ Connected$/m)
  })

  it('shows it connected after "vantage mcp install --write"', async () => {
    await using ground = await playground()
    const place = await claudePlace(ground, 'http://127.0.0.1:1')
    const options = { cwd: place.project, env: place.env }
    await promisify(execFile)(SYSTEM_NODE, [BIN, 'mcp', 'install', '--write', '--data-dir', ground.dataDir], options)
    expect((await claude(place, ['mcp', 'list'])).stdout).toMatch(/^vantage: node .* - ✔ Connected$/m)
  })

  it('knows names and instructions at first, creates, starts, ensures, reads, waits and stops, and leaves processes alone when it ends', async () => {
    await using ground = await playground()
    await using api = await startMessagesApi(script)
    const place = await play(ground, api, { command: 'node', args: [BIN, 'mcp', '--data-dir', ground.dataDir] })
    expectScript(api)

    const [first] = api.requests
    const words = first ? wordsOf(first) : ''
    expect(words).toContain('mcp__vantage__ensure_process')
    expect(words).toContain('Vantage runs long-lived processes on this machine')
    expect(first?.tools.filter(({ name }) => name.startsWith('mcp__vantage__'))).toEqual([])

    const { pid } = JSON.parse(api.results()[ENSURED]?.text ?? '{}')
    await waitFor('the bridge has ended', async () => (await bridgesOf(ground)).length === 0, 1000 * await slowness())
    expect(isRunning(Number(pid))).toBe(true)
    expect(isRunning((await ground.host()).pid)).toBe(true)

    await using second = await startMessagesApi([call('stop_process', { id: 'web' })])
    await claude(place, withServers(), { ANTHROPIC_BASE_URL: second.url })
    expect(JSON.parse(second.results()[0]?.text ?? '{}')).toMatchObject({ success: true, id: 'web', state: 'Stopped' })
    expect(isRunning(Number(pid))).toBe(false)
  })

  it('does the same over Streamable HTTP', async () => {
    await using host = await startHost()
    await using ground = await playground()
    await using api = await startMessagesApi(script)
    await play(ground, api, { type: 'http', url: `${host.url}/mcp` })
    expectScript(api)
  })
})
