import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { LOG_LEVELS, type LogLevel } from './core/logger'

type Environment = Readonly<Record<string, string | undefined>>

/** What the host was told by its environment; options of the command line arrive as variables. */
export interface HostConfig {
  host: string
  /** 0 is any free one. */
  port: number
  dataDir: string
  /** Where the host was started: the working directory of processes that name none. */
  startDir: string
  logLevel: LogLevel
  stopOnShutdown: boolean
  /** Host names to answer to besides the local ones, in lower case and without a port. */
  allowedHosts: string[]
}

/** A variable says something that cannot be meant. */
export class ConfigError extends Error {
  constructor(variable: string, reason: string) {
    super(`${variable} ${reason}`)
    this.name = 'ConfigError'
  }
}

const LATER = ['VANTAGE_TOKEN', 'VANTAGE_AUTO_EXPORT_INTERVAL']
const LOOPBACK = /^(?:localhost|::1|127(?:\.\d{1,3}){3})$/
const DEFAULT_PORT = 12700

/** Throws `ConfigError` when the data directory has a file `token`: whoever put it there believes to be protected by it. */
export function refuseTokenFile(dataDir: string): void {
  const file = join(dataDir, 'token')
  if (existsSync(file)) throw new ConfigError(file, 'exists, but this version does not support tokens: they come with a later one.')
}

/** Reads the variables of CONTRACT §1. Throws `ConfigError`, which names the variable; nothing gets a silent default. */
export function readConfig(env: Environment, cwd: string): HostConfig {
  for (const variable of LATER) {
    if (env[variable]) throw new ConfigError(variable, 'is set, but this version does not support it: it comes with a later one.')
  }
  const startDir = startedBy(env).length > 0 && env.PWD ? env.PWD : cwd
  return {
    host: readHost(env),
    port: readPort(env),
    dataDir: readDataDir(env, startDir),
    startDir,
    logLevel: readLogLevel(env),
    stopOnShutdown: readSwitch(env, 'VANTAGE_STOP_ON_SHUTDOWN'),
    allowedHosts: readAllowedHosts(env),
  }
}

/**
 * The pids of `nuxi start` and of the npm that runs it, when this process is their child; else none. nuxt.config.ts sets the
 * variable in the process of nuxi, which starts the host in another directory and passes no signal on.
 */
export function startedBy({ VANTAGE_STARTED_BY: text = '' }: Environment, parent = process.ppid): number[] {
  const pids = text.split(',').map(Number)
  return pids[0] === parent ? pids : []
}

function readHost(env: Environment): string {
  const [variable, host] = firstSet(env, ['NITRO_HOST', 'HOST'])
  if (host === undefined) return '127.0.0.1'
  if (LOOPBACK.test(host)) return host
  throw new ConfigError(variable, `is "${host}": beyond loopback a token is required, which this version does not support. Use 127.0.0.1.`)
}

function readPort(env: Environment): number {
  const [variable, text] = firstSet(env, ['NITRO_PORT', 'PORT'])
  if (text === undefined) return DEFAULT_PORT
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Infinity
  if (port <= 65_535) return port
  throw new ConfigError(variable, `is "${text}": it must be a port, 0 to 65535.`)
}

function readDataDir({ VANTAGE_DATA_DIR: dir }: Environment, startDir: string): string {
  if (!dir) return join(homedir(), '.vantage', 'data')
  return dir === '~' || dir.startsWith('~/') ? join(homedir(), dir.slice(1)) : resolve(startDir, dir)
}

function readLogLevel(env: Environment): LogLevel {
  const [variable, text] = firstSet(env, ['VANTAGE_LOG', 'RUST_LOG'])
  if (text === undefined) return 'info'
  const level = LOG_LEVELS.find(name => name === text.toLowerCase())
  if (level) return level
  throw new ConfigError(variable, `is "${text}": it must be one of ${LOG_LEVELS.join(', ')}.`)
}

function readSwitch(env: Environment, variable: string): boolean {
  const text = env[variable]
  if (!text || text === 'false') return false
  if (text === 'true') return true
  throw new ConfigError(variable, `is "${text}": it must be true or false.`)
}

function readAllowedHosts({ VANTAGE_ALLOWED_HOSTS: text }: Environment): string[] {
  const names = (text ?? '').split(',').map(name => name.trim().toLowerCase()).filter(name => name !== '')
  const wrong = names.find(name => !/^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])$/.test(name))
  if (wrong === undefined) return names
  throw new ConfigError('VANTAGE_ALLOWED_HOSTS', `has "${wrong}": it must be host names, without scheme and port, separated by commas.`)
}

/** The first of the variables that is set; an empty one is not. */
function firstSet(env: Environment, variables: readonly string[]): [variable: string, value: string | undefined] {
  const variable = variables.find(name => env[name]) ?? ''
  return [variable, env[variable]]
}
