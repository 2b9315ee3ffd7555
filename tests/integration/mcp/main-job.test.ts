import { beforeAll, describe, expect, it } from 'vitest'
import { ensureBuild } from '../../../scripts/ensure-build.mjs'
import { isRunning } from '../../helpers/processes'
import { waitFor } from '../../helpers/wait-for'
import { connectClient, fixture, playground, SYSTEM_NODE, textOf } from './playground'

beforeAll(ensureBuild)

describe('an agent over stdio', () => {
  it('creates and starts a web server, reads its output, and stops it', async () => {
    await using ground = await playground()
    await using agent = await connectClient(ground)

    const created = await agent.call('create_process', { id: 'web', command: SYSTEM_NODE, args: [fixture('tiny-web-server.mjs')], env: { SECRET: 'hush' } })
    expect(created.structuredContent).toMatchObject({ success: true, id: 'web', state: 'NotStarted', env: ['SECRET'] })
    expect(JSON.parse(textOf(created))).toEqual(created.structuredContent)
    expect(textOf(created)).not.toContain('hush')

    const started = await agent.call('start_process', { id: 'web' })
    expect(started.structuredContent).toMatchObject({ success: true, id: 'web', state: 'Running', run: 1 })
    const pid = Number(started.structuredContent?.pid)
    expect(isRunning(pid)).toBe(true)

    const first = await waitFor('the server has said where it listens', async () => {
      const text = textOf(await agent.call('get_process_output', { id: 'web' }))
      return / \| listening on (\S+)/.exec(text)?.[1] && text
    })
    const url = / \| listening on (\S+)/.exec(first)?.[1] ?? ''
    const cursor = /^next: since=(\S+)/m.exec(first)?.[1]
    expect(first).toContain(`Running (running), pid ${pid}, run 1`)

    expect(await (await fetch(`${url}/page`)).text()).toBe('hello')
    const news = await waitFor('the request is in the log', async () => {
      const text = textOf(await agent.call('get_process_output', { id: 'web', since: cursor }))
      return text.includes('E| GET /page') && text
    })
    expect(news).not.toContain('listening on')

    const stopped = await agent.call('stop_process', { id: 'web', grace_period_ms: 3000 })
    expect(stopped.structuredContent).toMatchObject({ success: true, id: 'web', state: 'Stopped' })
    expect(isRunning(pid)).toBe(false)

    const after = textOf(await agent.call('get_process_output', { id: 'web', since: /^next: since=(\S+)/m.exec(news)?.[1] }))
    expect(after).toMatch(/^web: Stopped, run 1, .* at .*\nno new lines since /)

    expect((await agent.call('remove_process', { id: 'web' })).structuredContent).toEqual({ success: true, id: 'web' })
    expect((await agent.call('list_processes')).structuredContent).toEqual({ processes: [], total: 0 })
  })

  it('gives its project and PATH to what it creates', async () => {
    await using ground = await playground()
    await using agent = await connectClient({ ...ground, env: { ...ground.env, CLAUDE_PROJECT_DIR: ground.dataDir, CLAUDE_CODE_SESSION_ID: 'x', CLAUDECODE: '1' } })
    await agent.call('create_process', { id: 'env', command: 'sh', args: ['-c', 'env; pwd'] })
    const started = await agent.call('start_process', { id: 'env' })
    expect(started.structuredContent).toMatchObject({ project: ground.dataDir, cwd: ground.dataDir })
    const text = await waitFor('it has ended', async () => {
      const output = textOf(await agent.call('get_process_output', { id: 'env' }))
      return output.startsWith('env: Stopped') && output
    })
    expect(text).toContain(` | PATH=${ground.env.PATH}`)
    expect(text).toContain(` | ${ground.dataDir}`)
    expect(text).not.toMatch(/CLAUDE|NITRO_PORT/)
  })

  it('answers problems as failed calls with code, message and hint', async () => {
    await using ground = await playground()
    await using agent = await connectClient(ground)
    await agent.call('create_process', { id: 'web', command: 'true' })

    const unknown = await agent.call('start_process', { id: 'wbe' })
    expect(unknown.isError).toBe(true)
    expect(textOf(unknown)).toMatch(/^PROCESS_NOT_FOUND: There is no process "wbe"\. Nearest: "web"\.\n\S/)

    const argument = await agent.call('start_process', { id: 'web', detach: true })
    expect(textOf(argument)).toMatch(/^VALIDATION_FAILED: detach: is not a known field\n.*\nArguments of start_process: id, group, wait, timeout_ms\./)

    const later = await agent.call('create_process', { id: 'x', command: 'true', lifetime: 'while' })
    expect(textOf(later)).toContain('lifetime: must be "keep" or "session"')

    const tool = await agent.call('start_proces', { id: 'web' })
    expect(tool.isError).toBe(true)
    expect(textOf(tool)).toMatch(/^VALIDATION_FAILED: There is no tool "start_proces"\. Nearest: .*start_process/)
  })
})
