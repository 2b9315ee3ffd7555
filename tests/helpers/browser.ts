import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { packagedChromium } from './packaged-chromium'

export interface TestPage extends AsyncDisposable {
  readonly page: Page
  /** What the page complained about: console errors, exceptions, refused or foreign requests. */
  readonly complaints: string[]
}

/** Opens a page of its own browser context; `base` is the only host it may talk to. */
export async function openPage(base: string, options: BrowserContextOptions = {}): Promise<TestPage> {
  const browser = await launch()
  const context = await browser.value.newContext({ baseURL: base, viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', error => complaints.push(error.message))
  page.on('request', request => new URL(request.url()).host === new URL(base).host || complaints.push(`foreign request: ${request.url()}`))
  return { page, complaints, [Symbol.asyncDispose]: () => browser[Symbol.asyncDispose]() }
}

/** The first of: CHROMIUM_PATH, a Chromium or Chrome on PATH, the application of macOS, the npm package that ships one. */
async function launch(): Promise<AsyncDisposable & { value: Browser }> {
  const installed = process.env.CHROMIUM_PATH ?? installedChromium()
  const { executable, env } = installed ? { executable: installed, env: {} } : await packagedChromium()
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  const value = await chromium.launch({ executablePath: executable, args, env: { ...process.env, ...env } })
  return { value, [Symbol.asyncDispose]: () => value.close() }
}

function installedChromium(): string | undefined {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const onPath = (process.env.PATH ?? '').split(delimiter).flatMap(directory => names.map(name => join(directory, name)))
  return [...onPath, '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'].find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  }
  catch {
    return false
  }
}
