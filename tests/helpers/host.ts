import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { pidsWithEnvironment } from './processes'
import { temporaryDirectory } from './temporary-directory'
import { waitFor } from './wait-for'

const root = join(import.meta.dirname, '../..')

export const ENTRY = join(root, '.output/server/index.mjs')

/** In the environment of every host of this run of the tests, and of what it starts: several may run on one machine. */
export const RUNNER_MARK = `VANTAGETEST_RUNNER=${process.pid}`

export interface Answer { status: number, body: unknown, headers: Headers }
export interface Exit { code: number | null, signal: NodeJS.Signals | null }

export interface HostOptions {
  env?: Record<string, string>
  /** A directory of another host; by default an own one, removed at the end. */
  dataDir?: string
  /** The node that runs the host; by default the one that runs the tests. */
  node?: string
  /** A command that runs the host as its last arguments (`prlimit`, `setpriv`, `unshare` …). */
  wrap?: string[]
}

export interface TestHost extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  readonly dataDir: string
  /** What the host has written to stderr so far. */
  log: () => string
  stdout: () => string
  /** Sends a request; `body` goes as JSON. */
  send: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>
  /** Sends a signal, by default SIGTERM, and waits for the end. */
  end: (signal?: NodeJS.Signals) => Promise<Exit>
  /** Resolves when the host has ended, whoever ended it. */
  readonly exited: Promise<Exit>
}

/** Runs the built output on a free port until it answers. At the end of its scope it and all its processes are gone. */
export async function startHost(options: HostOptions = {}): Promise<TestHost> {
  const launched = await launchHost(options)
  const url = await waitFor('the host listens', () => {
    if (launched.exit()) throw new Error(`the host ended at once: ${launched.log()}`)
    return /listening on (http:\S+?)"/.exec(launched.log())?.[1]
  })
  return {
    ...launched,
    url,
    async send(method, path, body, headers = {}) {
      const answer = await fetch(url + path, {
        method,
        headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await answer.text()
      return { status: answer.status, body: isJson(answer) && text !== '' ? JSON.parse(text) : text, headers: answer.headers }
    },
  }
}

export type LaunchedHost = Omit<TestHost, 'url' | 'send'> & { exit: () => Exit | undefined }

/** Starts the built output without waiting for an answer: for starts that fail. */
export async function launchHost({ env = {}, dataDir, node = process.execPath, wrap = [] }: HostOptions = {}): Promise<LaunchedHost> {
  await ensureBuild()
  const directory = dataDir === undefined ? await temporaryDirectory() : undefined
  const dir = dataDir ?? join(directory?.path ?? '', 'data')
  const mark = `VANTAGETEST=${randomBytes(8).toString('hex')}`
  const [command = node, ...args] = [...wrap, node, ENTRY]
  const child = spawn(command, args, {
    env: { ...cleanEnvironment(), VANTAGETEST: mark.slice(12), VANTAGETEST_RUNNER: String(process.pid), VANTAGE_DATA_DIR: dir, NITRO_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => said.stdout += chunk.toString())
  child.stderr.on('data', (chunk: Buffer) => said.stderr += chunk.toString())
  let exit: Exit | undefined
  const exited = once(child, 'close').then(([code, signal]) => exit = { code, signal })
  const end = (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal)
    return exited
  }
  return {
    pid: child.pid ?? 0,
    dataDir: dir,
    log: () => said.stderr,
    stdout: () => said.stdout,
    exit: () => exit,
    exited,
    end,
    async [Symbol.asyncDispose]() {
      await Promise.race([end('SIGTERM'), delay(10_000, undefined, { ref: false })])
      await killMarked(mark)
      await directory?.[Symbol.asyncDispose]()
    },
  }
}

/** Processes outlive their host, so a test ends them by the mark in their environment, which a hanging host has too. */
async function killMarked(mark: string): Promise<void> {
  await waitFor('all processes of the test are gone', () => {
    const left = pidsWithEnvironment(mark)
    for (const pid of left) kill(pid)
    return left.length === 0
  })
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  }
  catch {
    // it has just ended by itself
  }
}

/** The test runner's environment without what would configure the host. */
function cleanEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:VANTAGE_|NITRO_|NUXT_|PORT$|HOST$|RUST_LOG$)/.test(name)))
}

let built: Promise<unknown> | undefined

/** Builds once per test run where the output is older than its sources. */
export function ensureBuild(): Promise<unknown> {
  return built ??= promisify(execFile)(process.execPath, [join(root, 'scripts/ensure-build.mjs')])
}

function isJson(answer: Response): boolean {
  return answer.headers.get('content-type')?.startsWith('application/json') ?? false
}
