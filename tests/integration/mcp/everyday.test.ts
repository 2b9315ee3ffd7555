import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ensureBuild } from '../../../scripts/ensure-build.mjs'
import { listenOnLoopback } from '../../helpers/loopback'
import { isRunning } from '../../helpers/processes'
import { waitFor } from '../../helpers/wait-for'
import { connectClient, fixture, playground, SYSTEM_NODE, textOf, type Playground } from './playground'

beforeAll(ensureBuild)

const MAX_CALLS = 3
const MAX_CHARS = 3000 * 2.3

/** An agent in a project, whose calls and answers are counted for each task. */
async function agentIn(ground: Playground, project: string) {
  const folder = join(ground.dataDir, '..', project)
  await mkdir(folder, { recursive: true })
  const agent = await connectClient({ ...ground, env: { ...ground.env, CLAUDE_PROJECT_DIR: folder } })
  let calls = 0
  let chars = 0
  return {
    folder,
    ask: async (name: string, args: Record<string, unknown> = {}) => {
      const result = await agent.call(name, args)
      calls++
      chars += textOf(result).length
      return { text: textOf(result), isError: result.isError === true, data: result.structuredContent ?? {} }
    },
    /** Ends a task: it has taken few calls and a small answer. */
    done: () => {
      expect(calls).toBeGreaterThan(0)
      expect(calls).toBeLessThanOrEqual(MAX_CALLS)
      expect(chars).toBeLessThanOrEqual(MAX_CHARS)
      calls = chars = 0
    },
    [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose](),
  }
}

const WEB = { command: SYSTEM_NODE, args: [fixture('tiny-web-server.mjs')] }
const node = (script: string) => ({ command: SYSTEM_NODE, args: ['-e', script] })

/** Waits outside of the agent's count for what the world does by itself. */
async function until(ground: Playground, what: string, isSo: (process: { state: string, phase: string }) => boolean, id: string) {
  const { url } = await ground.host()
  await waitFor(what, async () => isSo(await (await fetch(`${url}/api/processes/${id}`)).json()))
}

describe('an everyday task takes an agent at most three calls and 3,000 tokens:', () => {
  it('start the app and tell me its URL', async () => {
    await using ground = await playground()
    await using agent = await agentIn(ground, 'shop')
    const { data } = await agent.ask('ensure_process', { id: 'web', ...WEB })
    expect(data).toMatchObject({ success: true, outcome: 'created and started', url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), ports: [expect.any(Number)] })
    expect(data).toMatchObject({ pid: expect.any(Number), ready_after_ms: expect.any(Number) })
    expect(await (await fetch(String(data.url))).text()).toBe('hello')
    agent.done()

    const again = await agent.ask('ensure_process', { id: 'web', ...WEB })
    expect(again.data).toMatchObject({ success: true, outcome: 'already running', url: data.url, pid: data.pid })
    agent.done()
  })

  it('start the app as its vantage.yaml says', async () => {
    await using ground = await playground()
    await using agent = await agentIn(ground, 'shop')
    const args = JSON.stringify(WEB.args)
    await writeFile(join(agent.folder, 'vantage.yaml'), `processes:\n  web: { command: ${SYSTEM_NODE}, args: ${args}, ready: { log: listening } }\n`)
    const { data } = await agent.ask('ensure_process', { id: 'web' })
    expect(data).toMatchObject({ success: true, phase: 'ready', url: expect.stringContaining('http://127.0.0.1:') })
    agent.done()
  })

  it('why does it crash?', async () => {
    await using ground = await playground()
    await using agent = await agentIn(ground, 'shop')
    await writeFile(join(agent.folder, 'api.js'), 'function getUser() {\n  return undefined.id\n}\nsetTimeout(() => getUser(), 200)\n')
    const { data, text, isError } = await agent.ask('ensure_process', { id: 'api', command: SYSTEM_NODE, args: ['api.js'], env: { API_TOKEN: 'hush-hush-1' } })
    expect(isError).toBe(false)
    expect(data).toMatchObject({ success: false, state: 'Failed', exit_code: 1 })
    expect(text).toContain('TypeError: Cannot read properties of undefined')
    expect(text).toContain(`at getUser (${join(agent.folder, 'api.js')}:2:20)`)
    expect(text).not.toContain('hush')
    expect(text.length / 2.3).toBeLessThan(600)
    agent.done()
  })

  it('why did it crash in the night?', async () => {
    await using ground = await playground()
    await using agent = await agentIn(ground, 'shop')
    await agent.ask('ensure_process', { id: 'api', ...node('console.log("up"); process.stdin.once("data", () => { throw new Error("no space left") })'), stdin: 'open', ready: { log: 'up' } })
    await agent.ask('send_input', { id: 'api', text: 'x' })
    agent.done()
    await until(ground, 'it has crashed', ({ state }) => state === 'Failed', 'api')
    expect((await agent.ask('list_processes', { filter: { state: 'Failed' } })).text).toContain('"api"')
    expect((await agent.ask('get_process_output', { id: 'api' })).text).toMatch(/explains the end of run 1\n[^]*\nE\| Error: no space left\nE\| {5}at Socket/)
    agent.done()
  })

  it('port is taken', async () => {
    await using ground = await playground()
    await using agent = await agentIn(ground, 'shop')
    await using other = await listenOnLoopback(createServer())
    const { port } = other
    const serve = node('require("http").createServer((_, res) => res.end("me")).listen(+process.env.PORT, "127.0.0.1")')
    const taken = await agent.ask('ensure_process', { id: 'web', ...serve, env: { PORT: String(port) } })
    expect(taken.data).toMatchObject({ success: false, exit_code: 1, port_taken: port, held_by: { pid: process.pid } })
    expect(taken.data.next).toContain('assign_ports')
    const moved = await agent.ask('ensure_process', { id: 'web', ...serve, assign_ports: { PORT: 'auto' } })
    expect(moved.data).toMatchObject({ success: true, outcome: 'updated and started', ports: [expect.any(Number)] })
    expect(await (await fetch(String(moved.data.url))).text()).toBe('me')
    const second = await agent.ask('ensure_process', { id: 'second', ...serve, env: { PORT: new URL(String(moved.data.url)).port } })
    expect(second.data).toMatchObject({ success: false, held_by: { id: 'web' }, next: expect.stringContaining('stop_process id=web') })
    agent.done()
  })

  it('restart it after a config change', async () => {
    await using ground = await playground()
    await using agent = await agentIn(ground, 'shop')
    const first = await agent.ask('ensure_process', { id: 'web', ...WEB })
    agent.done()
    const changed = await agent.ask('ensure_process', { id: 'web', ...WEB, args: [...WEB.args, '--verbose'], env: { MODE: 'hush' } })
    expect(changed.data).toMatchObject({ success: true, outcome: 'updated and restarted', run: 2, state: 'Running' })
    expect(changed.data.changes).toEqual([expect.stringMatching(/^args: .* → .*--verbose/), 'env: MODE added'])
    expect(changed.text).not.toContain('hush')
    expect(isRunning(Number(first.data.pid))).toBe(false)
    agent.done()
  })

  it('my env var is wrong, fix it', async () => {
    await using ground = await playground()
    await using agent = await agentIn(ground, 'shop')
    await agent.ask('ensure_process', { id: 'job', ...node('console.log("mode is " + process.env.MODE); setInterval(() => {}, 1000)'), env: { MODE: 'porduction', KEEP: '1' }, ready: { log: 'mode' } })
    agent.done()
    await agent.ask('update_process', { id: 'job', env: { MODE: 'production' } })
    expect((await agent.ask('ensure_process', { id: 'job' })).data).toMatchObject({ success: true, outcome: 'restarted', changes: ['env: MODE changed'] })
    expect((await agent.ask('wait_for_process', { id: 'job', for: 'log', pattern: 'mode is' })).data).toMatchObject({ success: true, line: { untrusted_text: 'mode is production', run: 2 } })
    agent.done()
  })

  it('wait until the build is done', async () => {
    await using ground = await playground()
    await using agent = await agentIn(ground, 'shop')
    await agent.ask('create_process', { id: 'build', ...node('setTimeout(() => { console.log("built in 1 s"); process.exit(0) }, 500)') })
    await agent.ask('start_process', { id: 'build' })
    const done = await agent.ask('wait_for_process', { id: 'build', for: 'exit', timeout_ms: 30_000 })
    expect(done.data).toMatchObject({ success: true, outcome: 'ended', state: 'Stopped', exit_code: 0 })
    agent.done()
    const failed = await agent.ask('ensure_process', { id: 'broken', ...node('setTimeout(() => { console.error("error TS2304: Cannot find name foo"); process.exit(2) }, 300)') })
    expect(failed.data).toMatchObject({ success: false, exit_code: 2 })
    expect(failed.text).toContain('Cannot find name foo')
    agent.done()
  })

  it('is the API up, and what is it doing?', async () => {
    await using ground = await playground()
    await using agent = await agentIn(ground, 'shop')
    const { data } = await agent.ask('ensure_process', { id: 'api', ...WEB })
    agent.done()
    await fetch(`${String(data.url)}/orders`)
    expect((await agent.ask('get_process_status', { id: 'api' })).data).toMatchObject({ state: 'Running', ports: data.ports, cpu_percent: expect.any(Number) })
    expect((await agent.ask('wait_for_process', { id: 'api', for: 'log', pattern: 'GET' })).text).toContain('GET /orders')
    expect((await agent.ask('get_process_output', { id: 'api' })).text).toMatch(/^api: Running[^]*E\| GET \/orders/)
    agent.done()
  })

  it('send y to the prompt', async () => {
    await using ground = await playground()
    await using agent = await agentIn(ground, 'shop')
    const asks = 'process.stdout.write("Continue? [y/N] "); process.stdin.once("data", text => { console.log("answer was " + text); process.exit(0) })'
    await agent.ask('ensure_process', { id: 'migrate', ...node(asks), stdin: 'open', ready: { delay_ms: 0 } })
    agent.done()
    expect((await agent.ask('wait_for_process', { id: 'migrate', for: 'log', pattern: 'y/N' })).text).toContain('Continue? [y/N]')
    expect((await agent.ask('send_input', { id: 'migrate', text: 'y\n' })).data).toMatchObject({ success: true })
    expect((await agent.ask('wait_for_process', { id: 'migrate', for: 'log', pattern: 'answer was' })).text).toContain('answer was y')
    agent.done()
    await until(ground, 'it has ended', ({ state }) => state === 'Stopped', 'migrate')

    const closed = await agent.ask('send_input', { id: 'migrate', text: 'y\n' })
    expect(closed.text).toMatch(/^NOT_RUNNING: /)
    await agent.ask('ensure_process', { id: 'deaf', command: 'sleep', args: ['600'], ready: { delay_ms: 0 } })
    const none = await agent.ask('send_input', { id: 'deaf', text: 'y\n' })
    expect(none.text).toMatch(/^VALIDATION_FAILED: text: .*set stdin to "open" \(update_process\), then restart it/)
    agent.done()
  })

  it('what has changed since I looked?', async () => {
    await using ground = await playground()
    await using agent = await agentIn(ground, 'shop')
    const { data } = await agent.ask('ensure_process', { id: 'web', ...WEB })
    const before = await agent.ask('get_process_output', { id: 'web' })
    agent.done()
    await fetch(`${String(data.url)}/new`)
    await agent.ask('wait_for_process', { id: 'web', for: 'log', pattern: '/new' })
    const after = await agent.ask('get_process_output', { id: 'web', since: /since=(\S+)/.exec(before.text)?.[1] })
    expect(after.text).toContain('GET /new')
    expect(after.text).not.toContain('listening on')
    agent.done()
  })

  it('stop everything of my project', async () => {
    await using ground = await playground()
    await using agent = await agentIn(ground, 'shop')
    const pids: number[] = []
    for (const id of ['web', 'api', 'worker']) {
      pids.push(Number((await agent.ask('ensure_process', { id, command: 'sleep', args: ['600'], group: 'shop', ready: { delay_ms: 0 } })).data.pid))
    }
    agent.done()
    const { text } = await agent.ask('list_processes')
    expect(text).toContain('"group":"shop"')
    const stopped = await agent.ask('stop_process', { group: 'shop' })
    expect(stopped.data).toMatchObject({ success: true, processes: [{ id: 'api', state: 'Stopped' }, { id: 'web', state: 'Stopped' }, { id: 'worker', state: 'Stopped' }] })
    expect(pids.filter(isRunning)).toEqual([])
    agent.done()
  })
})

describe('two agents in two folders', () => {
  it('that both want "web" are told, and get one each', async () => {
    await using ground = await playground()
    await using shop = await agentIn(ground, 'shop')
    await using blog = await agentIn(ground, 'blog')
    const first = await shop.ask('ensure_process', { id: 'web', ...WEB })
    expect(first.data).toMatchObject({ success: true })

    const refused = await blog.ask('ensure_process', { id: 'web', ...WEB })
    expect(refused.isError).toBe(true)
    expect(refused.text).toMatch(/^OTHER_PROJECT: Process "web" belongs to another project: \S+\/shop\.\n/)
    expect((await blog.ask('update_process', { id: 'web', args: [] })).text).toMatch(/^OTHER_PROJECT: /)
    const free = /such as "([^"]+)"/.exec(refused.text)?.[1]
    const second = await blog.ask('ensure_process', { id: free, ...WEB })
    expect(second.data).toMatchObject({ success: true, id: 'blog-web' })
    blog.done()

    expect((await shop.ask('ensure_process', { id: 'web' })).data).toMatchObject({ outcome: 'already running', pid: first.data.pid })
    for (const url of [first.data.url, second.data.url]) expect(await (await fetch(String(url))).text()).toBe('hello')
    expect((await blog.ask('ensure_process', { id: 'web' })).text).toContain('Your project has "blog-web" already')
  })
})

describe('a process with lifetime "session"', () => {
  it('ends with the agent that has started it; another one stays', async () => {
    await using ground = await playground()
    await using witness = await agentIn(ground, 'shop')
    const ids = ['mine', 'kept']
    const pids: number[] = []
    {
      await using agent = await agentIn(ground, 'shop')
      for (const id of ids) {
        const wish = { id, command: 'sleep', args: ['600'], ready: { delay_ms: 0 }, ...(id === 'mine' && { lifetime: 'session' }) }
        pids.push(Number((await agent.ask('ensure_process', wish)).data.pid))
      }
      expect(pids.map(isRunning)).toEqual([true, true])
    }
    const ended = await witness.ask('wait_for_process', { id: 'mine', for: 'exit', timeout_ms: 15_000 })
    expect(ended.data).toMatchObject({ success: true, state: 'Stopped' })
    expect(pids.map(isRunning)).toEqual([false, true])
  })
})
