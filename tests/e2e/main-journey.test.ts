import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { openPage } from '../helpers/browser'
import { startHost } from '../helpers/host'
import { isRunning } from '../helpers/processes'
import { waitFor } from '../helpers/wait-for'

const TICKER = join(import.meta.dirname, '../fixtures/ticker.mjs')

describe('the dashboard', () => {
  it('creates a process, starts it, shows its lines as they come, and stops it', async () => {
    await using host = await startHost()
    await using opened = await openPage(host.url)
    const { page, complaints } = opened
    await page.goto('/')
    await page.getByRole('button', { name: 'New process' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('ID', { exact: true }).fill('ticker')
    await dialog.getByLabel('Command', { exact: true }).fill(process.execPath)
    const args = dialog.getByRole('group', { name: 'Arguments' }).getByRole('textbox')
    await args.first().fill(TICKER)
    await dialog.getByRole('button', { name: 'Add argument' }).click()
    await args.nth(1).fill('100')
    await dialog.getByRole('button', { name: 'Create and start' }).click()
    await page.getByRole('button', { name: 'Stop ticker', exact: true }).waitFor()
    const [info] = await waitFor('the host knows it', async () => {
      const { body } = await host.send('GET', '/api/processes')
      return Array.isArray(body) && body.length === 1 && body
    })
    expect(info).toMatchObject({ id: 'ticker', state: 'Running', args: [TICKER, '100'] })
    expect(isRunning(info.pid)).toBe(true)

    await page.goto('/processes/ticker')
    const log = page.getByRole('log')
    await log.getByText('tick 1', { exact: true }).waitFor()
    await log.getByText('warning 9', { exact: true }).waitFor()
    expect(await log.getByText('stderr').first().isVisible()).toBe(true)
    expect(await page.title()).toMatch(/^ticker/)

    await page.getByRole('button', { name: 'Stop' }).click()
    await log.getByText('bye', { exact: true }).waitFor()
    await page.getByText('Stopped').first().waitFor()
    expect(isRunning(info.pid)).toBe(false)
    expect(complaints).toEqual([])
  })

  it('shows what an agent does without a reload', async () => {
    await using host = await startHost()
    await using opened = await openPage(host.url)
    const { page, complaints } = opened
    await page.goto('/')
    await page.getByRole('button', { name: 'New process' }).first().waitFor()
    const agent = new Client({ name: 'e2e-agent', version: '1.0.0' })
    await agent.connect(new StreamableHTTPClientTransport(new URL('/mcp', host.url)))
    const call = (name: string, args: Record<string, unknown>) => agent.callTool({ name, arguments: args })
    await call('create_process', { id: 'web', command: 'sleep', args: ['600'] })
    await page.getByRole('button', { name: 'Start web', exact: true }).waitFor()
    await call('start_process', { id: 'web' })
    await page.getByRole('button', { name: 'Stop web', exact: true }).waitFor()
    await call('stop_process', { id: 'web' })
    await page.getByRole('button', { name: 'Start web', exact: true }).waitFor()
    await call('remove_process', { id: 'web' })
    await page.getByText('web', { exact: true }).waitFor({ state: 'detached' })
    await agent.close()
    expect(complaints).toEqual([])
  })

  it('says that the connection is lost, and recovers by itself with the same process', async () => {
    await using first = await startHost()
    await using opened = await openPage(first.url)
    const { page } = opened
    await first.send('POST', '/api/processes', { id: 'ticker', command: process.execPath, args: [TICKER, '50'] })
    await first.send('POST', '/api/processes/ticker/start')
    await page.goto('/processes/ticker')
    await page.getByRole('log').getByText('tick 4', { exact: true }).waitFor()
    await first.end('SIGKILL')
    await page.getByText('Connection lost').first().waitFor()
    await page.getByText('Last known').first().waitFor()
    await using second = await startHost({ dataDir: first.dataDir, env: { NITRO_PORT: new URL(first.url).port } })
    expect(second.url).toBe(first.url)
    await page.getByText('Last known').first().waitFor({ state: 'detached' })
    const pid = await page.evaluate(async () => (await (await fetch('/api/processes/ticker')).json()).pid)
    expect(isRunning(pid)).toBe(true)
    // Which of the two streams came first nobody could tell while no host ran; a line that is missing stays missing.
    await waitFor('the lines of both hosts, none of them missing', async () => {
      const texts = await page.getByRole('log').locator('text=/^(tick|warning) \\d+$/').allInnerTexts()
      const numbers = texts.map(text => Number(text.split(' ')[1])).sort((a, b) => a - b)
      return numbers.length > 10 && numbers.every((number, index) => number === (numbers[0] ?? 0) + index)
    })
  })

  it('asks before it removes, and Escape changes nothing', async () => {
    await using host = await startHost()
    await using opened = await openPage(host.url, { viewport: { width: 375, height: 812 }, colorScheme: 'dark', locale: 'ja-JP' })
    const { page, complaints } = opened
    await host.send('POST', '/api/processes', { id: 'old', command: 'true' })
    await page.goto('/')
    const isTooWide = () => page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')
    await page.getByText('old', { exact: true }).waitFor()
    expect(await isTooWide()).toBe(false)
    await page.getByRole('combobox').first().selectOption({ label: 'English' })
    const remove = page.getByRole('button', { name: 'Remove old' })
    await remove.click()
    await page.getByRole('alertdialog').or(page.getByRole('dialog')).waitFor()
    await page.keyboard.press('Escape')
    await remove.click()
    await page.getByRole('alertdialog').or(page.getByRole('dialog')).getByRole('button', { name: 'Remove' }).click()
    await page.getByText('old', { exact: true }).waitFor({ state: 'detached' })
    expect((await host.send('GET', '/api/processes')).body).toEqual([])
    expect(complaints).toEqual([])
  })
})
