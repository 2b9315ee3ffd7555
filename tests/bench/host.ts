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

export interface BenchHost extends AsyncDisposable {
  readonly pid: number
  readonly url: string
  /** From the launch to the first healthy answer, in ms. */
  readonly startedInMs: number
  /** Sends a request over one kept connection and gives the parsed answer. Throws when it is an error. */
  call: (method: string, path: string, body?: unknown) => Promise<unknown>
  end: () => Promise<void>
}

/** An empty directory, removed at the end of its scope. */
export async function scratchDirectory(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'vantage-bench-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) }
}

/** Runs the built product under the system's Node. At the end of its scope the host and all its processes are gone. */
export async function startHost(dataDir: string): Promise<BenchHost> {
  const port = await freePort()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const url = `http://127.0.0.1:${port}`
  const [name = '', value] = MARK.split('=')
  const started = performance.now()
  const child = spawn(SYSTEM_NODE, [ENTRY], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, [name]: value, VANTAGE_DATA_DIR: dataDir, NITRO_PORT: String(port), VANTAGE_LOG: 'warn' },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const exited = once(child, 'exit')
  const call = (method: string, path: string, body?: unknown) => send(agent, { url: url + path, method, body })
  await untilHealthy(call)
  const startedInMs = performance.now() - started
  const end = async () => {
    child.kill('SIGTERM')
    await exited
    agent.destroy()
  }
  return {
    pid: child.pid ?? 0,
    url,
    startedInMs,
    call,
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
    for (const pid of left) process.kill(pid, 'SIGKILL')
    await sleep(20)
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
