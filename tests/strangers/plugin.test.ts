import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ensureBuild } from '../../scripts/ensure-build.mjs'
import { playground, ROOT } from '../integration/mcp/playground'
import { waitFor } from '../helpers/wait-for'
import { claude, claudeCode, claudePlace, session } from './claude'
import { startMessagesApi, wordsOf } from './messages-api'

beforeAll(ensureBuild)

const PLUGIN = join(ROOT, 'plugin')
const TOLD = 'Vantage, since your last message'
const bash = (command: string) => ({ name: 'Bash', input: { command, description: 'test' } })
const withPlugin = (prompt: string, ...args: string[]) => session(prompt, ['--plugin-dir', PLUGIN, '--allowedTools', 'Bash', 'mcp__plugin_vantage_vantage__*', ...args])

describe.skipIf(claudeCode.missing)(`the plugin ${claudeCode.missing ?? 'in Claude Code'}`, () => {
  it.each([PLUGIN, ROOT])('is valid: %s', async (path) => {
    await using ground = await playground()
    const place = await claudePlace(ground, 'http://127.0.0.1:1')
    const { code, stdout } = await claude(place, ['plugin', 'validate', '--strict', path])
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('Validation passed') })
  })

  it('is installed from this repository as a marketplace', async () => {
    await using ground = await playground()
    const place = await claudePlace(ground, 'http://127.0.0.1:1')
    expect(await claude(place, ['plugin', 'marketplace', 'add', ROOT])).toMatchObject({ code: 0 })
    expect(await claude(place, ['plugin', 'install', 'vantage@vantage'])).toMatchObject({ code: 0 })
    const { stdout } = await claude(place, ['mcp', 'list'], { VANTAGE_DATA_DIR: ground.dataDir })
    expect(stdout).toMatch(/^plugin:vantage:vantage: node .*mcp\.mjs - ✔ Connected$/m)
  })

  it('refuses a background job, names the call instead, and brings the server that has it', async () => {
    await using ground = await playground()
    await using api = await startMessagesApi([
      bash('npm run dev > dev.log 2>&1 &'),
      bash('echo "npm run dev &" && echo passed 2>&1'),
      bash('lsof -ti:3000 | xargs kill -9'),
      { name: 'mcp__plugin_vantage_vantage__list_processes', input: {} },
    ])
    const place = await claudePlace(ground, api.url)
    const run = await claude(place, withPlugin('start it', '--no-session-persistence'), { VANTAGE_DATA_DIR: ground.dataDir })
    expect(run.code, run.stdout + run.stderr).toBe(0)
    const [refused, passed, kill, listed] = api.results()
    expect(refused).toMatchObject({ isError: true, text: expect.stringContaining('ensure_process {"id":"dev","command":"npm","args":["run","dev"],"wait":"ready"}') })
    expect(passed).toMatchObject({ isError: false, text: expect.stringContaining('passed') })
    expect(kill).toMatchObject({ isError: true, text: expect.stringContaining('stop_process') })
    expect(JSON.parse(listed?.text ?? '')).toEqual({ processes: [], total: 0 })
    expect(api.requests.map(wordsOf).join()).toContain('vantage:vantage')
  })

  it('tells at the next prompt what has happened to processes of the project', async () => {
    await using ground = await playground()
    const tool = (name: string, input: Record<string, unknown>) => ({ name: `mcp__plugin_vantage_vantage__${name}`, input })
    await using api = await startMessagesApi([
      tool('create_process', { id: 'api', command: 'sh', args: ['-c', 'read line; echo "Error: lost" >&2; exit 1'], stdin: 'open' }),
      tool('start_process', { id: 'api' }),
    ])
    const place = await claudePlace(ground, api.url)
    const id = randomUUID()
    const env = { VANTAGE_DATA_DIR: ground.dataDir }
    const say = (prompt: string, ...args: string[]) => claude(place, withPlugin(prompt, ...args), env)
    expect(await say('start the api', '--session-id', id)).toMatchObject({ code: 0 })
    // Where the machine is too busy to ask in time, nothing is said nor remembered, and the next prompt does it.
    await waitFor('it is remembered how the api is', async () => {
      expect(await say('go on', '--resume', id)).toMatchObject({ code: 0 })
      return existsSync(join(ground.dataDir, 'hooks', `${id}.json`)) && readFileSync(join(ground.dataDir, 'hooks', `${id}.json`), 'utf8').includes('cursor')
    }, 60_000)
    expect(api.requests.filter(request => wordsOf(request).includes(TOLD))).toEqual([])

    const { url } = await ground.host()
    const input = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text: 'go\n' }) }
    await fetch(`${url}/api/processes/api/input`, input)
    await waitFor('the api has crashed', async () => (await (await fetch(`${url}/api/processes/api`)).text()).includes('"state":"Failed"'))
    const words = await waitFor('it is told', async () => {
      expect(await say('what now', '--resume', id)).toMatchObject({ code: 0 })
      return api.requests.map(wordsOf).find(text => text.includes(TOLD))
    }, 60_000)
    expect(words).toContain(`${TOLD}: api crashed (exit 1), 1 new error. get_process_output id=api shows why.`)
  })
})
