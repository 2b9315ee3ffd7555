import { describe, expect, it } from 'vitest'
import { openPage } from '../helpers/browser'
import { startHost } from '../helpers/host'

const TOKEN = 'e2e-token-1'
const AUTHORIZATION = { authorization: `Bearer ${TOKEN}` }
const withToken = { env: { VANTAGE_TOKEN: TOKEN } }

/** What a browser says by itself of an answer that is an error, and of a socket that is refused or lost. */
const isNoise = (complaint: string) => /401 \(Unauthorized\)|ERR_CONNECTION_REFUSED|WebSocket connection to/.test(complaint)

describe('the dashboard of a host with a token', () => {
  it('asks for the token, says that a wrong one is wrong, and opens where it was asked for', async () => {
    await using host = await startHost(withToken)
    await host.send('POST', '/api/processes', { id: 'web', command: 'sleep', args: ['600'] }, AUTHORIZATION)
    await using opened = await openPage(host.url)
    const { page, complaints } = opened
    await page.goto('/processes/web')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(await page.title()).toMatch(/^Sign in/)
    const field = page.getByLabel('Token', { exact: true })
    expect(await page.evaluate('document.activeElement.type')).toBe('password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').getByText('Enter the token').waitFor()
    await field.fill('a-wrong-token')
    await field.press('Enter')
    await page.getByRole('alert').getByText('This is not the token of this host').waitFor()
    expect(await page.getByText('web', { exact: true }).count()).toBe(0)
    await field.fill(` ${TOKEN} `)
    await field.press('Enter')
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await page.getByRole('button', { name: 'Stop', exact: true }).waitFor()
    await page.getByText('Connected').first().waitFor()
    const cookies = await page.context().cookies()
    expect(cookies.map(({ httpOnly, sameSite, value }) => [httpOnly, sameSite, value.includes(TOKEN)])).toEqual([[true, 'Strict', false]])
    await page.reload()
    await page.getByRole('button', { name: 'Stop', exact: true }).waitFor()
    expect(complaints.filter(complaint => !isNoise(complaint))).toEqual([])
  })

  it('takes the token of the address once, and leaves it neither there nor in the history', async () => {
    await using host = await startHost(withToken)
    await using opened = await openPage(host.url)
    const { page, complaints } = opened
    await page.goto(`/processes/none?tab=info#token=${TOKEN}`)
    await page.getByText('Process not found').first().waitFor()
    expect(page.url()).toBe(`${host.url}/processes/none?tab=info`)
    expect(await page.evaluate('history.length')).toBe(2)
    expect(complaints.filter(complaint => !/404|401/.test(complaint))).toEqual([])
  })

  it('signs out in every tab, at the host too', async () => {
    await using host = await startHost(withToken)
    await using opened = await openPage(host.url)
    const { page } = opened
    await page.goto(`/#token=${TOKEN}`)
    await page.getByText('Connected').first().waitFor()
    const other = await page.context().newPage()
    await other.goto('/')
    await other.getByText('Connected').first().waitFor()
    const [cookie] = await page.context().cookies()
    const stolen = { cookie: `${cookie?.name}=${cookie?.value}` }
    expect((await host.send('GET', '/api/status', undefined, stolen)).status).toBe(200)
    await page.getByRole('button', { name: 'Sign out' }).click()
    for (const tab of [page, other]) await tab.getByRole('heading', { name: 'Sign in' }).waitFor()
    await other.getByText('The session has ended').waitFor()
    expect((await host.send('GET', '/api/status', undefined, stolen)).status).toBe(401)
  })

  it('stays signed in under the next host, and asks again when the token is another one', async () => {
    await using first = await startHost(withToken)
    const env = { NITRO_PORT: new URL(first.url).port }
    await using opened = await openPage(first.url, { locale: 'ja-JP' })
    const { page } = opened
    await page.goto(`/#token=${TOKEN}`)
    await page.getByText('接続済み').first().waitFor()
    await first.end()
    {
      await using second = await startHost({ dataDir: first.dataDir, env: { ...env, VANTAGE_TOKEN: TOKEN } })
      expect(second.url).toBe(first.url)
      await page.getByText('接続済み').first().waitFor()
      await second.end()
    }
    await using third = await startHost({ dataDir: first.dataDir, env: { ...env, VANTAGE_TOKEN: 'another-token-2' } })
    await page.getByRole('heading', { name: 'サインイン' }).waitFor()
    await page.getByText('セッションが終了しました').waitFor()
    await page.getByLabel('トークン', { exact: true }).fill('another-token-2')
    await page.getByRole('button', { name: 'サインイン' }).click()
    await page.getByText('接続済み').first().waitFor()
    expect(third.url).toBe(first.url)
  })

  it('asks nobody where there is no token, and has nothing to sign out of', async () => {
    await using host = await startHost()
    await using opened = await openPage(host.url)
    const { page, complaints } = opened
    await page.goto('/#token=what-for')
    await page.getByText('Connected').first().waitFor()
    expect(page.url()).toBe(`${host.url}/`)
    expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0)
    expect(complaints).toEqual([])
  })
})
