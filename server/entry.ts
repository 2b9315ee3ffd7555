import '#nitro-internal-pollyfills'
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import wsAdapter from 'crossws/adapters/node'
import { toNodeListener } from 'h3'
import { useNitroApp } from 'nitropack/runtime'
import { failure } from '#shared/errors'
import { startedBy, toHostName } from './config'
import { readServerRecord, removeServerRecord, writeServerRecord } from './core/state/server-record'
import { acquireHostLock, type HostLock } from './core/supervise/host-lock'
import { takeOverLock } from './core/supervise/take-over'
import type { CloseOptions } from './core/vantage'
import { openAccess, takeToken } from './host-token'
import type { Access } from './http/access'
import { createGuard } from './http/guard'
import { guardRequests, guardUpgrades, refuseUpgrade } from './http/guarded-server'
import { endStreams, hostAccess, setClosing, setHostAccess, setVantage } from './http/host'
import { listenOn, portsToTry } from './http/listen'
import { countRequests, type OpenRequests } from './http/open-requests'
import { noteAccepted } from './http/peer-user'
import { FRAME_LIMIT_BYTES } from './http/socket'
import { IdleEnd } from './idle-end'
import { config, log, vantage } from './plugins/vantage'
import { trapSignalsOf } from './signals'

export interface ListenOptions {
  host?: string
  port?: number
  /** Takes the port it had last, else the given one, else any free one. */
  fallbackToAnyPort?: boolean
  /** The pid of a host of an older version, which is asked to hand over. */
  takeOver?: number
  /** Ends itself after so long without a client and without a process that runs. */
  idleLimitMs?: number
}

interface Running { server: Server, lock: HostLock }

// Else the space for short-lived objects grows to 32 MB and more (Node 24: 64) after a burst of calls, and stays so.
setFlagsFromString('--semi-space-growth-factor=1')

const GOODBYE_MS = 200
const SWEEP_MS = 10
const PARENT_LOOK_MS = 200
/** How often a host looks whether it is used: at least so many times within its limit. */
const IDLE_LOOKS = 30
/** An agent kills what it has started half a second after it leaves; nothing holds this process longer than a second, draining included. */
const EMBEDDED = { graceMs: 500, limitMs: 780 }

const nitroApp = useNitroApp()
const sockets = wsAdapter({ ...nitroApp.h3App.websocket, serverOptions: { maxPayload: FRAME_LIMIT_BYTES } })
let starting: Promise<string> | undefined
let running: Running | undefined
let closing: Promise<void> | undefined
/** The MCP session of the agent whose process this is: it lasts as long as the host. */
let embedded: string | undefined

/**
 * Makes this process the host: takes the lock, listens, tells the address in `server.json`, opens the engine.
 * Gives the URL once it is open. Throws `HostRunningError`, `PortTakenError`, or what the engine throws; then nothing is held.
 */
export function listen(options: ListenOptions = {}): Promise<string> {
  return starting = start(options)
}

async function start(options: ListenOptions): Promise<string> {
  const { host = config.host, port = config.port, fallbackToAnyPort = false, takeOver, idleLimitMs } = options
  const where = { dataDir: config.dataDir, host, log }
  const token = takeToken(process.env, where)
  const lock = await (takeOver === undefined ? acquireHostLock(config.dataDir) : takeOverLock(config.dataDir, takeOver))
  const access = token === undefined ? undefined : await openAccess(token, where)
  setHostAccess(access)
  const server = createGuardedServer(host, access)
  const requests = countRequests(server)
  try {
    await vantage.settings.load()
    const ports = fallbackToAnyPort ? portsToTry(port, vantage.settings.lastPort) : [port]
    const address = await listenOn(server, host, ports)
    const isAfterCrash = await readServerRecord(config.dataDir) !== undefined // a clean end removes it
    await tellAddress(address)
    await vantage.open({ isAfterCrash })
    running = { server, lock }
    setVantage(vantage)
    if (idleLimitMs !== undefined) endWhenIdle(requests, idleLimitMs)
    if (!access && process.platform !== 'linux') log.warn('host', 'this system does not tell whose connection it is: every local user can connect')
    log.info('host', `listening on ${address.url}`, { pid: process.pid, data_dir: config.dataDir, host, auth: access ? 'token' : 'none' })
    return address.url
  }
  catch (error) {
    await stopServer(server)
    await removeServerRecord(config.dataDir)
    await lock.release()
    throw error
  }
}

/** Gives the address that opens the dashboard in a browser: where callers need a token, it is signed in by a ticket. */
export function pageAddress(url: string): string {
  const access = hostAccess()
  return access ? `${url}/#token=${access.ticket()}` : url
}

/** Writes down where the host is. Throws an Error that names the directory when it cannot be written. */
async function tellAddress({ url, port }: { url: string, port: number }): Promise<void> {
  const { dataDir } = config
  const { version, startedAt } = vantage
  try {
    await vantage.settings.saveLastPort(port)
    await writeServerRecord(dataDir, { url, pid: process.pid, version, started_at: startedAt.toISOString(), data_dir: dataDir })
  }
  catch (cause) {
    throw new Error(`The data directory ${dataDir} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** Ends the host: streams, engine, server, `server.json`, lock. Processes run on unless they are to stop with it. */
export function shutdown(how: CloseOptions = {}): Promise<void> {
  return closing ??= close(how)
}

/** Ends this process by a signal, as `trapSignalsOf` says. */
export function trapSignals(): void {
  trapSignalsOf({ log, isEmbedded: embedded !== undefined, isClosing: () => closing !== undefined, end: exitAfterShutdown })
}

/**
 * Prepares this process to be host and MCP server of one agent: call it before `listen`, and what it gives after it. That speaks
 * MCP on stdin and stdout, until stdin ends or nobody reads stdout; then the host ends.
 */
export function embed(): () => Promise<void> {
  const session = embedded = randomUUID()
  trapSignals()
  return async () => {
    const [{ serveStdio }, { createMcpServer }] = await Promise.all([import('../mcp/stdio'), import('../mcp/server')])
    const caller = { project: process.env.CLAUDE_PROJECT_DIR || config.startDir, path: process.env.PATH, session }
    vantage.sessions.opened(session)
    const server = createMcpServer({ vantage, caller })
    await serveStdio({ server, input: process.stdin, output: process.stdout, onEnd: exitAfterShutdown })
  }
}

/** A host in the background was started for an agent; nobody would miss it. */
function endWhenIdle(requests: OpenRequests, limitMs: number): void {
  const idle = new IdleEnd({
    limitMs,
    uses: () => requests.begun,
    isBusy: () => requests.open > 0 || vantage.processes.list().some(({ state, phase }) => state === 'Running' || phase !== 'idle'),
    end: () => {
      log.info('host', `nobody has used this host for ${limitMs / 60_000} minutes, and nothing runs: it ends`)
      exitAfterShutdown()
    },
  })
  setInterval(() => idle.look(), limitMs / IDLE_LOOKS).unref()
}

function createGuardedServer(host: string, access: Access | undefined): Server {
  const names = new Set([...config.allowedHosts, toHostName(host)])
  const guard = createGuard({ isAddedName: name => names.has(name), access })
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 2000 },
    guardRequests(guard, toNodeListener(nitroApp.h3App)),
  )
  server.on('connection', noteAccepted)
  return server.on('upgrade', guardUpgrades(guard, (req, socket, head) => {
    const path = req.url?.split('?')[0] ?? '/'
    if (path === '/api/ws') return sockets.handleUpgrade(req, socket, head)
    refuseUpgrade(socket, failure('NOT_FOUND', { path }))
  }))
}

async function close(how: CloseOptions): Promise<void> {
  setClosing()
  await starting?.catch(() => {}) // whoever called `listen` tells that
  if (!running) return
  const { server, lock } = running
  const engineClosed = Promise.all([closeEngine(how), nitroApp.hooks.callHook('close')])
  await nextTurn() // the news of the end reaches the streams before they end
  endStreams()
  sockets.closeAll(1001, 'shutting down')
  await engineClosed
  await stopServer(server)
  await removeServerRecord(config.dataDir)
  await lock.release()
}

async function closeEngine(how: CloseOptions): Promise<void> {
  if (embedded === undefined) return await vantage.close(how)
  const { graceMs } = EMBEDDED
  await vantage.processes.stopBound(embedded, { graceMs })
  await vantage.close({ ...how, graceMs })
}

/** Answers under way and goodbyes of sockets get a moment to arrive; then every connection ends. */
async function stopServer(server: Server): Promise<void> {
  const stopped = new Promise<void>(resolve => server.close(() => resolve()))
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
  await Promise.race([stopped, delay(GOODBYE_MS)])
  clearInterval(sweep)
  server.closeAllConnections()
  sockets.closeAll(1001, 'shutting down', true)
  await stopped
}

function exitAfterShutdown(how: CloseOptions = {}): void {
  if (embedded !== undefined) setTimeout(() => process.exit(0), EMBEDDED.limitMs)
  shutdown(how).then(() => process.exit(0), (error: unknown) => {
    log.error('host', 'the shutdown failed', { error })
    process.exit(1)
  })
}

/** `nuxi start` passes no signal on, and npx none to nuxi, so the end of one of them is ours. */
function endWith([nuxi, ...others]: readonly number[]): void {
  if (nuxi === undefined) return
  setInterval(() => {
    if (!closing && (process.ppid !== nuxi || !others.every(isAlive))) exitAfterShutdown()
  }, PARENT_LOOK_MS).unref()
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  }
  catch {
    return false
  }
}

if (!(Symbol.for('vantage.embedded') in globalThis)) {
  trapSignals()
  endWith(startedBy(process.env))
  listen().catch((error: unknown) => {
    log.error('host', error instanceof Error ? error.message : 'the start failed', { error })
    process.exit(1)
  })
}
