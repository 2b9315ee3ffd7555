import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { CallToolResultSchema, type CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { ServerRecord } from '#shared/schemas/host'
import { isRunning, pidsWithEnvironment } from '../../helpers/processes'
import { temporaryDirectory } from '../../helpers/temporary-directory'
import { waitFor } from '../../helpers/wait-for'

export const ROOT = join(import.meta.dirname, '../../..')
export const BIN = join(ROOT, 'bin/vantage.mjs')
export const fixture = (name: string) => join(ROOT, 'tests/fixtures', name)

/** The Node of the system: tests may run under a newer one from npm, whose folder comes first on PATH. */
export const SYSTEM_NODE = (process.env.PATH ?? '').split(delimiter)
  .filter(folder => !folder.includes('node_modules'))
  .map(folder => join(folder, 'node'))
  .find(existsSync) ?? process.execPath

export interface Playground extends AsyncDisposable {
  readonly dataDir: string
  readonly env: Record<string, string>
  /** What `server.json` says, if it is there. */
  record: () => Promise<ServerRecord | undefined>
  /** The same, once its host answers. */
  host: () => Promise<ServerRecord>
  /** Pids of the hosts that run for this playground. */
  hostPids: () => number[]
}

/** A data directory of its own. At the end everything that was started in it is gone: hosts, bridges, processes. */
export async function playground(extra: Record<string, string> = {}): Promise<Playground> {
  const directory = await temporaryDirectory()
  const value = randomBytes(8).toString('hex')
  const mark = `VANTAGETEST=${value}`
  const { PATH = '', HOME = '' } = process.env
  const path = PATH.split(delimiter).filter(folder => !folder.includes('node_modules')).join(delimiter)
  const dataDir = join(directory.path, 'data')
  return {
    dataDir,
    env: { PATH: path, HOME, VANTAGETEST: value, NITRO_PORT: '0', ...extra },
    record: () => readRecord(dataDir),
    host: () => waitFor('a host answers', async () => {
      const record = await readRecord(dataDir)
      return record && isRunning(record.pid) && await isAnswering(record.url) ? record : undefined
    }),
    hostPids: () => pidsWithEnvironment(mark).filter(pid => commandLine(pid).split('\0').includes('serve')),
    async [Symbol.asyncDispose]() {
      await waitFor('everything of the test is gone', () => {
        const pids = pidsWithEnvironment(mark)
        for (const pid of pids) kill(pid)
        return pids.length === 0
      })
      await directory[Symbol.asyncDispose]()
    },
  }
}

async function readRecord(dataDir: string): Promise<ServerRecord | undefined> {
  const text = await readFile(join(dataDir, 'server.json'), 'utf8').catch(() => '')
  return text === '' ? undefined : ServerRecord.parse(JSON.parse(text))
}

async function isAnswering(url: string): Promise<boolean> {
  const health = await fetch(`${url}/api/health`).catch(() => undefined)
  return health?.ok ?? false
}

/** Starts `vantage mcp` and speaks to it line by line, so that every byte on its stdout is seen. */
export function startBridge({ dataDir, env }: Playground, args: string[] = [], bin = BIN) {
  const child = spawn(SYSTEM_NODE, [bin, 'mcp', '--data-dir', dataDir, ...args], { env, stdio: 'pipe' })
  const out: string[] = []
  let rest = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    out.push(...lines)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => stderr += text)
  child.stdin.on('error', () => {})
  const ended = new Promise<{ code: number | null }>((resolve) => {
    child.on('close', code => resolve({ code }))
  })
  return {
    child,
    out,
    stderr: () => stderr,
    ended,
    write: (text: string) => child.stdin.write(text),
    send: (frame: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...frame })}\n`),
    answer: (id: number | string | null) => waitFor(`an answer to ${id}`, () => out.map(toFrame).find(frame => frame.id === id)),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      child.stdout.resume()
      await ended
    },
  }
}

export const initialize = (id: number | string) => ({
  id,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
})

/** Connects the client of the SDK over stdio, as an agent would. */
export async function connectClient({ dataDir, env }: Playground, { bin = BIN, args = [] }: { bin?: string, args?: string[] } = {}) {
  const transport = new StdioClientTransport({ command: SYSTEM_NODE, args: [bin, 'mcp', '--data-dir', dataDir, ...args], env, stderr: 'pipe' })
  const client = new Client({ name: 'test-agent', version: '1' })
  await client.connect(transport)
  return {
    client,
    pid: () => transport.pid,
    call: (name: string, args: Record<string, unknown> = {}) => callTool(client, name, args),
    [Symbol.asyncDispose]: () => client.close(),
  }
}

/** Calls a tool and gives its result in one form. */
export async function callTool(client: Client, name: string, args: Record<string, unknown> = {}): Promise<CallToolResult> {
  return CallToolResultSchema.parse(await client.callTool({ name, arguments: args }))
}

/** The text of a result. */
export function textOf(result: CallToolResult): string {
  return result.content.map(part => part.type === 'text' ? part.text : `[${part.type}]`).join('\n')
}

/** Waits until a child process has ended and says after how many milliseconds. */
export async function millisecondsUntilExit(child: ChildProcess, act: () => void): Promise<number> {
  const exited = new Promise<void>(resolve => child.on('exit', () => resolve()))
  const from = performance.now()
  act()
  await exited
  return performance.now() - from
}

export interface AnyFrame { id?: unknown, method?: unknown, result?: unknown, error?: { code: number, message: string } }

export function toFrame(line: string): AnyFrame {
  const frame: AnyFrame = JSON.parse(line)
  return frame
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  }
  catch {
    return '' // it has just ended
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
