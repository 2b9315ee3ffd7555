// Makes the pictures of the documentation from the built product: node scripts/with-node.mjs scripts/screenshots.mjs
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { packagedChromium } from '../tests/helpers/packaged-chromium.ts'

const LIMIT_MS = 20_000
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const images = join(root, 'docs/images')

const scratch = await mkdtemp(join(tmpdir(), 'vantage-pictures-'))
const shop = join(scratch, 'shop')
const dataDir = join(scratch, 'data')
await cp(join(root, 'scripts/demo'), shop, { recursive: true })
const host = await startHost()
try {
  await setTheStage(host.url)
  await mkdir(images, { recursive: true })
  await takePictures(host.url)
}
finally {
  host.child.kill('SIGTERM')
  await once(host.child, 'exit')
  await rm(scratch, { recursive: true })
}

/** The demo processes end with their host. */
async function startHost() {
  const child = spawn(process.execPath, [join(root, 'bin/vantage.mjs'), 'serve', '--port', '0', '--data-dir', dataDir], {
    env: { ...process.env, VANTAGE_STOP_ON_SHUTDOWN: 'true' },
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  const { url } = await until('the host answers', async () => {
    if (child.exitCode !== null) throw new Error('the host ended')
    const record = await readFile(join(dataDir, 'server.json'), 'utf8').then(JSON.parse).catch(() => undefined)
    const health = record && await fetch(new URL('/api/health', record.url)).catch(() => undefined)
    return health?.ok ? record : undefined
  })
  return { child, url }
}

async function setTheStage(url) {
  const node = script => ({ command: 'node', args: [script], cwd: shop, group: 'shop' })
  await define(url, { id: 'web', ...node('web.mjs'), description: 'The shop itself' })
  await define(url, { id: 'worker', ...node('worker.mjs'), description: 'Mails, pictures, invoices' })
  await define(url, { id: 'migrate', ...node('migrate.mjs') })
  await define(url, { id: 'payments', ...node('payments.mjs') })
  await define(url, { id: 'storybook', command: 'npx', args: ['storybook', 'dev', '-p', '6006'], cwd: shop, group: 'shop' })
  for (const id of ['web', 'worker', 'migrate', 'payments']) await send(url, 'POST', `/api/processes/${id}/start`)
  const [listening = ''] = await until('web listens', async () => {
    const lines = await send(url, 'GET', '/api/processes/web/logs')
    return lines.length > 0 ? lines : undefined
  })
  const address = listening.split(' ').at(-1)
  for (const path of ['/', '/products/42', '/favicon.ico', '/cart']) await fetch(new URL(path, address))
  await until('the two short ones have ended', async () => {
    const all = await send(url, 'GET', '/api/processes')
    return all.filter(({ state }) => state === 'Stopped' || state === 'Failed').length === 2 || undefined
  })
}

function define(url, definition) {
  return send(url, 'POST', '/api/processes', definition)
}

async function send(url, method, path, body) {
  const answer = await fetch(new URL(path, url), {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const value = await answer.json()
  if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value)}`)
  return value
}

async function takePictures(url) {
  const { executable, env } = findBrowser() ?? await packagedChromium()
  const browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox', '--disable-gpu'], env: { ...process.env, ...env } })
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: 'light', locale: 'en-GB' })
    await page.goto(new URL('/processes/worker', url).href)
    await page.getByText('job 4240').waitFor()
    await picture(page, 'process.png')
    await page.goto(url)
    await page.getByText('exit code 1').first().waitFor()
    await picture(page, 'dashboard.png')
  }
  finally {
    await browser.close()
  }
}

/** Fonts and the connection are there before the picture is taken. */
async function picture(page, name) {
  await page.getByText('Connected').first().waitFor()
  await page.evaluate(() => document.fonts.ready)
  await page.screenshot({ path: join(images, name), animations: 'disabled' })
  process.stdout.write(`docs/images/${name}\n`)
}

function findBrowser() {
  const names = ['chromium', 'chromium-browser', 'google-chrome']
  const files = (process.env.PATH ?? '').split(delimiter).flatMap(folder => names.map(name => join(folder, name)))
  const executable = process.env.CHROMIUM_PATH ?? files.find(isExecutable)
  return executable && { executable }
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  }
  catch {
    return false
  }
}

async function until(what, look) {
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; await delay(100)) {
    const found = await look()
    if (found) return found
  }
  throw new Error(`Waited too long until ${what}.`)
}
