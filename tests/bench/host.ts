import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pidsWithEnvironment } from '../helpers/processes.ts'

/** The Node that a user runs the product with: the one npm itself runs under, not the one fetched for building. */
export const SYSTEM_NODE = process.env.npm_node_execpath ?? process.execPath

const ENTRY = join(import.meta.dirname, '../../.output/server/index.mjs')
const MARK = `VANTAGEBENCH=${process.pid}`
const ANSWER_LIMIT_MS = 20_000
const PARALLEL = 16

export interface BenchHost extends AsyncDisposable {
  readonly pid: number
  readonly url: string
  /** From the launch to the first healthy answer, in ms. */
  readonly startedInMs: number
  /** Sends a request over one kept connection and gives the parsed answer. Throws when it is an error. */
  call: (method: string, path: string, body?: unknown) => Promise<unknown>
  /** Sends all of these at once, over up to 16 connections. */
  callAll: (method: string, paths: readonly string[], body?: (index: number) => unknown) => Promise<unknown[]>
  /** Ends the host, by default with SIGTERM; what it supervises runs on. */
  end: (signal?: NodeJS.Signals) => Promise<void>
}

const scratched = new Set<string>()

/** An empty directory, removed at the end of its scope. */
export async function scratchDirectory(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'vantage-bench-'))
  scratched.add(path)
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) }
}

/** For a bench that is interrupted: ends everything that carries its mark, and removes its directories. */
export async function cleanUp(): Promise<void> {
  await endMarked()
  for (const path of scratched) await rm(path, { recursive: true, force: true, maxRetries: 3 })
}

/** The environment of everything the bench starts: little, and with the mark by which it is ended. */
export function benchEnvironment(more: Record<string, string> = {}): Record<string, string | undefined> {
  const [name = '', value] = MARK.split('=')
  return { PATH: process.env.PATH, HOME: process.env.HOME, [name]: value, ...more }
}

/**
 * Runs the built product under the system's Node, with `nodeArgs` before its entry.
 * At the end of its scope the host and all its processes are gone.
 */
export async function startHost(dataDir: string, nodeArgs: readonly string[] = []): Promise<BenchHost> {
  const port = await freePort()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const many = new Agent({ keepAlive: true, maxSockets: PARALLEL })
  const url = `http://127.0.0.1:${port}`
  const started = performance.now()
  const child = spawn(SYSTEM_NODE, [...nodeArgs, ENTRY], {
    env: benchEnvironment({ VANTAGE_DATA_DIR: dataDir, NITRO_PORT: String(port), VANTAGE_LOG: 'warn' }),
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const exited = once(child, 'exit')
  const call = (method: string, path: string, body?: unknown) => send(agent, { url: url + path, method, body })
  await untilHealthy(call)
  const startedInMs = performance.now() - started
  const end = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal)
    await exited
    agent.destroy()
    many.destroy()
  }
  return {
    pid: child.pid ?? 0,
    url,
    startedInMs,
    call,
    callAll: (method, paths, body) => Promise.all(paths.map((path, index) => send(many, { url: url + path, method, body: body?.(index) }))),
    end,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await end()
      await endMarked()
    },
  }
}

async function untilHealthy(call: BenchHost['call']): Promise<void> {
  const end = performance.now() + ANSWER_LIMIT_MS
  for (;;) {
    const isHealthy = await call('GET', '/api/health').then(() => true, () => false)
    if (isHealthy) return
    if (performance.now() > end) throw new Error(`the host does not answer within ${ANSWER_LIMIT_MS} ms`)
    await sleep(5)
  }
}

/** Processes outlive their host, so the bench ends them by the mark in their environment. */
async function endMarked(): Promise<void> {
  for (let left = pidsWithEnvironment(MARK); left.length > 0; left = pidsWithEnvironment(MARK)) {
    for (const pid of left) kill(pid)
    await sleep(20)
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  }
  catch {
    // it has just ended by itself
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('there is no free port')
  return address.port
}

interface Call { url: string, method: string, body: unknown }

function send(agent: Agent, { url, method, body }: Call): Promise<unknown> {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const headers = text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
  return new Promise((resolve, reject) => {
    const req = request(url, { method, agent, headers }, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.once('error', reject)
      res.once('end', () => {
        const answer = Buffer.concat(chunks).toString()
        if ((res.statusCode ?? 500) < 300) resolve(answer === '' ? undefined : JSON.parse(answer))
        else reject(new Error(`${method} ${url}: ${res.statusCode} ${answer}`))
      })
    })
    req.once('error', reject)
    req.end(text)
  })
}
