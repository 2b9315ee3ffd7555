import { describe, expect, it } from 'vitest'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { openPage } from '../helpers/browser'
import { startHost } from '../helpers/host'

/** An agent: an MCP client with a name. */
async function connectAgent(url: string, name = 'e2e-agent') {
  const client = new Client({ name, version: '1.0.0' })
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url)))
  return {
    call: (tool: string, args: Record<string, unknown>) => client.callTool({ name: tool, arguments: args }),
    [Symbol.asyncDispose]: () => client.close(),
  }
}

const SLEEP = { command: 'sleep', args: ['600'] }

describe('the activity', () => {
  it('shows live what an agent does, and takes a stop back', async () => {
    await using host = await startHost()
    await using opened = await openPage(host.url)
    const { page, complaints } = opened
    await using agent = await connectAgent(host.url)
    await page.goto('/')
    await page.getByRole('link', { name: 'Activity', exact: true }).click()
    await page.getByText('Nothing has been done yet').waitFor()
    expect(await page.title()).toMatch(/^Activity/)

    await agent.call('create_process', { id: 'web', ...SLEEP })
    await agent.call('start_process', { id: 'web' })
    await agent.call('stop_process', { id: 'web' })
    const rows = page.getByRole('main').getByRole('listitem')
    const stop = rows.filter({ hasText: 'stopped web' })
    await stop.getByText('e2e-agent', { exact: true }).waitFor()
    expect(await rows.getByText(/^(created|started|stopped)/).allInnerTexts()).toEqual(['stopped web', 'started web', 'created web'])

    await stop.getByRole('button', { name: 'Undo' }).click()
    await stop.getByText('Taken back').waitFor()
    await rows.filter({ hasText: 'Dashboard' }).getByText('started web').waitFor()
    expect((await host.send('GET', '/api/processes/web')).body).toMatchObject({ state: 'Running', run: 2 })

    await agent.call('stop_process', { id: 'web' })
    await agent.call('remove_process', { id: 'web' })
    await rows.filter({ hasText: 'removed web' }).getByRole('button', { name: 'Undo' }).click()
    await rows.filter({ hasText: 'Dashboard' }).getByText('created web').waitFor()
    expect((await host.send('GET', '/api/processes/web')).body).toMatchObject({ id: 'web', ...SLEEP, state: 'NotStarted' })
    await page.goto('/processes/web')
    await page.getByRole('link', { name: /^Dashboard created web/ }).click()
    await page.waitForURL(/\/activity\?process=web$/)
    expect(complaints).toEqual([])
  })

  it('asks before an Undo stops something, and says why one failed', async () => {
    await using host = await startHost()
    await using opened = await openPage(host.url)
    const { page } = opened
    await using agent = await connectAgent(host.url)
    await agent.call('create_process', { id: 'web', ...SLEEP })
    await agent.call('start_process', { id: 'web' })
    await page.goto('/activity')
    const undo = page.getByRole('button', { name: 'Undo: e2e-agent started web' })
    await undo.click()
    await page.getByRole('dialog').getByText('web is stopped.').waitFor()
    await page.keyboard.press('Escape')
    expect(await undo.evaluate(element => element === element.ownerDocument.activeElement)).toBe(true)
    expect((await host.send('GET', '/api/processes/web')).body).toMatchObject({ state: 'Running' })
    await undo.click()
    await page.getByRole('dialog').getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Taken back').waitFor()
    expect((await host.send('GET', '/api/processes/web')).body).toMatchObject({ state: 'Stopped' })

    await agent.call('create_process', { id: 'gone', ...SLEEP, cwd: host.dataDir })
    await agent.call('remove_process', { id: 'gone' })
    await page.route('**/api/processes', route => route.abort())
    await page.getByRole('button', { name: 'Undo: e2e-agent removed gone' }).click()
    await page.getByRole('alert').getByText('This was not taken back').waitFor()
    await page.getByRole('button', { name: 'Undo: e2e-agent removed gone' }).waitFor()
  })

  it('lets a person decide that agents may only look, and shows what was refused', async () => {
    await using host = await startHost()
    await using opened = await openPage(host.url, { viewport: { width: 375, height: 812 } })
    const { page, complaints } = opened
    await using agent = await connectAgent(host.url, 'claude-code')
    await agent.call('create_process', { id: 'web', ...SLEEP })
    await page.goto('/activity')
    await page.getByLabel('Agents may', { exact: true }).selectOption({ label: 'only look' })
    await page.getByRole('link', { name: 'Agents may only look' }).waitFor()
    expect(await agent.call('start_process', { id: 'web' })).toMatchObject({ isError: true })
    const refused = page.getByRole('main').getByRole('listitem').filter({ hasText: 'tried to start web' })
    await refused.getByText('NOT_PERMITTED', { exact: true }).waitFor()
    await refused.getByText('Claude Code', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Undo: Dashboard changed the settings' }).click()
    await page.getByRole('link', { name: 'Agents may only look' }).waitFor({ state: 'detached' })
    expect(await agent.call('start_process', { id: 'web' })).not.toMatchObject({ isError: true })
    expect(await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')).toBe(false)
    expect(complaints).toEqual([])
  })

  it('says in passing what an agent stops, with its Undo, and shows older entries on demand', async () => {
    await using host = await startHost()
    await using opened = await openPage(host.url, { locale: 'ja-JP' })
    const { page, complaints } = opened
    await using agent = await connectAgent(host.url)
    await host.send('POST', '/api/processes', { id: 'web', ...SLEEP })
    for (let n = 1; n <= 60; n++) await host.send('PATCH', '/api/processes/web', { description: `${n}` })
    await host.send('POST', '/api/processes/web/start')
    await page.goto('/')
    await page.getByRole('button', { name: 'webを停止', exact: true }).waitFor()
    await agent.call('stop_process', { id: 'web' })
    const message = page.getByRole('status').filter({ hasText: 'e2e-agentがwebを停止しました' })
    await message.getByRole('button', { name: '元に戻す' }).click()
    await message.getByText('元に戻しました').waitFor()
    await page.getByRole('button', { name: 'webを停止', exact: true }).waitFor()

    await page.goto('/activity?actor=people')
    const rows = page.getByRole('main').getByRole('listitem')
    await rows.nth(49).waitFor()
    expect(await rows.count()).toBe(50)
    await page.getByRole('button', { name: '以前のものを表示' }).click()
    await rows.getByText('webを作成しました').waitFor()
    expect(await rows.count()).toBe(63)
    expect(complaints).toEqual([])
  })
})
