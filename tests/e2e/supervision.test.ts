import { describe, expect, it } from 'vitest'
import { openPage } from '../helpers/browser'
import { startHost } from '../helpers/host'

/** Programs of one line: what each does is what its name says. */
const ECHO = 'process.stdin.on("data", text => process.stdout.write("got " + text))'
const LISTEN = 'const server = require("net").createServer().listen(0, () => console.log("port " + server.address().port))'
const CRASH = 'console.log("about to fail"); process.exit(3)'
const IDLE = 'setInterval(() => {}, 1000)'

const program = (id: string, source: string, rest: object = {}) => ({ id, command: process.execPath, args: ['-e', source], ...rest })

describe('supervision on the page', () => {
  it('counts down to the next try, lists the runs with their ends, and shows the log of one', async () => {
    await using host = await startHost()
    await using opened = await openPage(host.url)
    const { page, complaints } = opened
    const restart = { policy: 'on_failure', max_retries: 5, backoff_ms: 1500, max_backoff_ms: 60_000 }
    await host.send('POST', '/api/processes', program('web', CRASH, { restart }))
    await host.send('POST', '/api/processes/web/start')
    await page.goto('/')
    await page.getByText(/^Restarting in \d+ s \(\d\)$/).waitFor()
    await page.getByText('1 restarting').waitFor()

    await page.goto('/processes/web')
    await page.getByRole('log').getByText(/^run 1 ended: exit code 3, \S+ · run 2, started \S+$/).waitFor()
    await page.getByRole('tab', { name: /^Runs/ }).click()
    await page.getByRole('row').filter({ has: page.getByRole('link', { name: 'Log of run 1', exact: true }) }).getByText('exit code 3').first().waitFor()
    await page.getByRole('link', { name: 'Log of run 1', exact: true }).click()
    await page.getByRole('button', { name: /^Only run 1/ }).waitFor()
    await page.getByRole('log').getByText('about to fail', { exact: true }).waitFor()
    expect(await page.getByRole('log').getByText('about to fail', { exact: true }).count()).toBe(1)

    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await page.getByRole('button', { name: 'Stop', exact: true }).waitFor({ state: 'detached' })
    expect((await host.send('GET', '/api/processes/web')).body).toMatchObject({ phase: 'idle' })
    expect(complaints).toEqual([])
  })

  it('names what a process waits for, and input typed below the log makes that ready', async () => {
    await using host = await startHost()
    await using opened = await openPage(host.url)
    const { page, complaints } = opened
    await host.send('POST', '/api/processes', program('db', ECHO, { stdin: 'open', ready: { log: '^got up$', timeout_ms: 600_000 } }))
    await host.send('POST', '/api/processes', program('worker', IDLE, { depends_on: { db: 'ready' } }))
    await page.goto('/')
    await page.getByRole('button', { name: 'Start worker', exact: true }).click()
    await page.getByText('Waiting for db', { exact: true }).waitFor()
    await page.getByText('Starting…', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Stop worker', exact: true }).waitFor()

    await page.goto('/processes/db')
    const input = page.getByLabel('Input', { exact: true })
    await input.fill('up')
    await input.press('Enter')
    await page.getByRole('log').getByText('got up', { exact: true }).waitFor()
    await page.getByRole('main').getByText('Ready', { exact: true }).waitFor()
    await input.press('ArrowUp')
    expect(await input.inputValue()).toBe('up')
    await page.goto('/')
    await page.getByRole('row').filter({ hasText: 'worker' }).getByText('Running', { exact: true }).waitFor()
    expect(complaints).toEqual([])
  })

  it('shows live numbers and ports as links', async () => {
    await using host = await startHost()
    await using opened = await openPage(host.url)
    const { page, complaints } = opened
    await host.send('POST', '/api/processes', program('web', LISTEN))
    await host.send('POST', '/api/processes/web/start')
    await page.goto('/')
    const row = page.getByRole('row').filter({ hasText: 'web' })
    await row.getByRole('cell', { name: /^\d+(\.\d)?%$/ }).waitFor()
    await row.getByRole('cell', { name: /^\d+ MB$/ }).waitFor()
    const port = /^:(\d+)$/.exec(await row.getByRole('link', { name: /^Open web at :\d+/ }).innerText())?.[1]
    const link = row.getByRole('link', { name: /^Open web at :\d+/ })
    expect([await link.getAttribute('href'), await link.getAttribute('rel'), await link.getAttribute('target')])
      .toEqual([`http://127.0.0.1:${port}`, 'noopener', '_blank'])
    await page.goto('/processes/web')
    await page.getByRole('log').getByText(`port ${port}`, { exact: true }).waitFor()
    expect(complaints).toEqual([])
  })

  it('starts a group at once and asks before it stops one', async () => {
    await using host = await startHost()
    await using opened = await openPage(host.url)
    const { page, complaints } = opened
    for (const id of ['a', 'b']) await host.send('POST', '/api/processes', program(id, IDLE, { group: 'my app' }))
    await host.send('POST', '/api/processes', program('other', IDLE))
    await page.goto('/')
    await page.getByRole('group', { name: 'Filter by group' }).getByRole('button', { name: /^my app/ }).click()
    const group = page.getByRole('group', { name: 'Group my app' })
    await group.getByRole('button', { name: 'Start all', exact: true }).click()
    for (const id of ['a', 'b']) await page.getByRole('button', { name: `Stop ${id}`, exact: true }).waitFor()
    await group.getByRole('button', { name: 'Stop all', exact: true }).click()
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await group.getByRole('button', { name: 'Stop all', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Stop all', exact: true }).click()
    for (const id of ['a', 'b']) await page.getByRole('button', { name: `Start ${id}`, exact: true }).waitFor()
    expect((await host.send('GET', '/api/processes/other')).body).toMatchObject({ state: 'NotStarted' })
    expect(complaints).toEqual([])
  })

  it('changes a definition by its form and leaves alone what the form does not show', async () => {
    await using host = await startHost()
    await using opened = await openPage(host.url)
    const { page } = opened
    const rest = { tags: ['x'], assign_ports: { PORT: 'auto' }, stop: { signal: 'SIGINT', grace_ms: 2500, command: ['true'] }, limits: { open_files: 64 } }
    await host.send('POST', '/api/processes', program('web', IDLE, rest))
    await page.goto('/')
    await page.getByRole('button', { name: 'Edit web', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Restart policy', { exact: true }).selectOption({ label: 'Always' })
    await dialog.getByLabel('Restarts in a row').fill('4')
    await dialog.getByLabel('Ready when').selectOption({ label: 'a URL answers' })
    await dialog.getByLabel('URL', { exact: true }).fill('no url')
    await dialog.getByLabel('Memory limit (MB)').fill('256')
    await dialog.getByRole('button', { name: 'Save', exact: true }).click()
    await dialog.getByText('must be an http or https URL').waitFor()
    expect(await dialog.getByLabel('URL', { exact: true }).getAttribute('aria-invalid')).toBe('true')
    await dialog.getByLabel('URL', { exact: true }).fill('http://localhost:1/')
    await dialog.getByRole('button', { name: 'Save', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    expect((await host.send('GET', '/api/processes/web')).body).toMatchObject({
      ...rest,
      restart: { policy: 'always', max_retries: 4 },
      ready: { http: 'http://localhost:1/' },
      limits: { open_files: 64, memory_bytes: 256 * 1024 ** 2 },
    })
  })
})
