import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { tmpdir } from 'node:os'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

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
  if (installed) return withProfile(installed, [])
  const scratch = await mkdtemp(join(tmpdir(), 'vantage-chromium-'))
  // The package unpacks the libraries a bare machine lacks when it believes to be on Lambda.
  Object.assign(process.env, { AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x', TMPDIR: scratch })
  const { default: packaged } = await import('@sparticuz/chromium')
  const browser = await withProfile(await packaged.executablePath(), packaged.args)
  return {
    value: browser.value,
    async [Symbol.asyncDispose]() {
      await browser[Symbol.asyncDispose]()
      await rm(scratch, { recursive: true, force: true })
    },
  }
}

async function withProfile(executablePath: string, args: readonly string[]): Promise<AsyncDisposable & { value: Browser }> {
  const quiet = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  const value = await chromium.launch({ executablePath, args: [...args, ...quiet] })
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
