import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Health, ServerRecord } from '#shared/schemas/host'
import { isOlder } from '#shared/semver'
import { readText } from './http-body'
import { HOST_LOG, openHostLog, tailOfHostLog } from './host-log'

const START_MS = 30_000
const POLL_MS = 40
const HEALTH_MS = 2_000
/** A host that is just ending still holds the lock: the next ones are tried after these pauses. */
const RETRY_MS = [300, 900, 1800]

export interface FoundHost { url: string, pid: number, version: string }

export interface HostCommand {
  /** Absolute data directory: one host each. */
  dataDir: string
  /** The launcher, and the options it gets besides the data directory. */
  bin: string
  options: string[]
  /** Its version: an older host is replaced. */
  version: string
}

/** Gives the host of a data directory, or undefined when the one that `server.json` names does not answer as itself. */
export async function findHost(dataDir: string): Promise<FoundHost | undefined> {
  const record = await readRecord(dataDir)
  if (!record) return undefined
  const health = await readHealth(record.url)
  return health?.pid === record.pid ? { url: record.url, pid: record.pid, version: health.version } : undefined
}

/**
 * Gives the host of a data directory and starts one in the background where none answers, or an older version does: the new
 * one takes over from it, its processes run on. One that does not give way is used as it is.
 * Several may start one at once: the lock of the host lets one live, and all find it.
 * Throws with the end of host.log when none can be started, or none answers within 30 s.
 */
export async function findOrStartHost(command: HostCommand, env: NodeJS.ProcessEnv): Promise<FoundHost> {
  const found = await findHost(command.dataDir)
  if (found && !isOlder(found.version, command.version)) return found
  await mkdir(command.dataDir, { recursive: true, mode: 0o700 })
  const deadline = performance.now() + START_MS
  const pauses = [...RETRY_MS]
  let start = startHost(command, env, found)
  while (performance.now() < deadline) {
    await delay(POLL_MS)
    const host = await findHost(command.dataDir)
    if (host && (host.pid !== found?.pid || start.endedAt !== undefined)) return host
    if (start.endedAt === undefined) continue
    const [pause] = pauses
    if (pause === undefined) {
      if (await isHeld(command.dataDir)) continue
      break
    }
    if (performance.now() - start.endedAt < pause) continue
    pauses.shift()
    start = startHost(command, env)
  }
  throw new Error(`No Vantage host answers for ${command.dataDir}. The end of ${HOST_LOG}:\n${tailOfHostLog(command.dataDir)}`)
}

interface Start { endedAt?: number }

function startHost({ dataDir, bin, options }: HostCommand, env: NodeJS.ProcessEnv, older?: FoundHost): Start {
  const log = openHostLog(dataDir)
  const start: Start = {}
  const takeOver = older ? ['--take-over', String(older.pid)] : []
  const child = spawn(process.execPath, [bin, 'serve', '--background', ...takeOver, '--data-dir', dataDir, ...options], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    cwd: homedir(),
    env: hostEnvironment(env),
  })
  log.close()
  const ended = () => {
    start.endedAt = performance.now()
  }
  once(child, 'exit').then(ended, ended)
  child.unref()
  return start
}

/** The marks of a run: a host with them would count as a descendant of a process that is managed, and be ended with it. */
const NOT_THE_HOSTS = /^(?:CLAUDE.*|PORT|HOST|VANTAGE_RUN_ID|VANTAGE_RUN|VANTAGE_PROCESS_ID)$/

/** Children inherit the host's environment: what belongs to the agent, or to the project it works in, stays out. */
function hostEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !NOT_THE_HOSTS.test(name)))
}

/** A host that answers nobody any more, or not yet, but lives. */
async function isHeld(dataDir: string): Promise<boolean> {
  const record = await readRecord(dataDir)
  if (!record) return false
  try {
    return process.kill(record.pid, 0)
  }
  catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function readRecord(dataDir: string): Promise<ServerRecord | undefined> {
  const text = await readFile(join(dataDir, 'server.json'), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return ServerRecord.parse(JSON.parse(text))
  }
  catch {
    // Half written or foreign: as good as none, the host writes it anew.
    return undefined
  }
}

async function readHealth(url: string): Promise<Health | undefined> {
  try {
    return Health.parse(JSON.parse(await get(new URL('/api/health', url))))
  }
  catch {
    // Nobody there, or somebody else: the caller goes on looking or starts a host.
    return undefined
  }
}

/** Not fetch: loading it takes 6 MB, and the bridge lives as long as its agent. */
function get(url: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    request(url, { signal: AbortSignal.timeout(HEALTH_MS) })
      .on('response', response => void readText(response).then(resolve, reject))
      .on('error', reject)
      .end()
  })
}
